import { refusal, said } from '@agoge/core';
import {
  matMul,
  mul,
  ones,
  reshape,
  type serialization,
  type Tensor,
  tensor3d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { layers, type Shape, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/** How images are made larger before a network sees them. */
export interface Upsample {
  /** How many times as high and as wide. RCM: 2. */
  factor: number;
  /** Default `nearest` (RCM's code). */
  mode?: 'nearest' | 'bilinear';
}

/**
 * Images as large as the option says, the same without one: a layer within the network, so that attacks differentiate through
 * it and see images of the size that they have.
 */
export function upsample(who: string, x: SymbolicTensor, option: Upsample | undefined): SymbolicTensor {
  if (option === undefined) return x;
  const { factor, mode = 'nearest' } = option;
  if (!Number.isSafeInteger(factor) || factor < 1) {
    throw said(new RangeError(refusal(who, 'upsample.factor', 'an integer >= 1', factor)));
  }
  if (mode !== 'nearest' && mode !== 'bilinear') {
    throw said(new RangeError(refusal(who, 'upsample.mode', 'one of "nearest", "bilinear"', mode)));
  }
  return new Upsampling2D({ name: 'upsample', factor, mode }).apply(x) as SymbolicTensor;
}

/**
 * Images a whole number of times as large: each pixel repeated, or pixels between neighbours by their distance, with centres at
 * halves, as PyTorch's `interpolate`; `AgogeUpsampling2D` in saved models.
 *
 * Of broadcasts and products with constant matrices, whose gradients every backend knows: tfjs's own resizing has wrong ones
 * on cpu.
 */
export class Upsampling2D extends layers.Layer {
  static readonly className = 'AgogeUpsampling2D';
  private readonly factor: number;
  private readonly mode: 'nearest' | 'bilinear';

  constructor({ factor, mode = 'nearest', ...options }: Upsample & { name?: string }) {
    super(options);
    this.factor = factor;
    this.mode = mode;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [n, height, width, channels] = inputShape as Shape;
    const larger = (length: number | null) => (length === null ? null : length * this.factor);
    return [n, larger(height), larger(width), channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x] = [inputs].flat();
    return tidy(() => (this.mode === 'nearest' ? repeated(x, this.factor) : interpolated(x, this.factor)));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), factor: this.factor, mode: this.mode };
  }
}

function repeated(x: Tensor, factor: number): Tensor {
  const [n, height, width, channels] = x.shape;
  const times = ones([1, 1, factor, 1]);
  const rows = mul(reshape(x, [n, height, 1, width * channels]), times);
  const pixels = mul(reshape(rows, [n * height * factor, width, 1, channels]), times);
  return reshape(pixels, [n, height * factor, width * factor, channels]);
}

function interpolated(x: Tensor, factor: number): Tensor {
  const [n, height, width, channels] = x.shape;
  const maps = reshape(transpose(x, [0, 3, 1, 2]), [n * channels, height, width]);
  const rows = matMul(betweenNeighbours(height, factor), maps); // [n c, height f, width]
  const larger = matMul(rows, betweenNeighbours(width, factor), false, true);
  return transpose(reshape(larger, [n, channels, height * factor, width * factor]), [0, 2, 3, 1]);
}

/** `[1, length * factor, length]`: of which pixels a new one is made, and by how much of each. */
function betweenNeighbours(length: number, factor: number): Tensor {
  const weights = new Float32Array(length * factor * length);
  for (let i = 0; i < length * factor; i++) {
    const place = Math.max((i + 0.5) / factor - 0.5, 0);
    const before = Math.min(Math.floor(place), length - 1);
    const after = Math.min(before + 1, length - 1);
    weights[i * length + before] += 1 - (place - before);
    weights[i * length + after] += place - before;
  }
  return tensor3d(weights, [1, length * factor, length]);
}
