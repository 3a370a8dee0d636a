import { checkValue, integer, ModelError, oneOf, required } from '@agoge/core';
import {
  add,
  concat,
  conv2d,
  mul,
  reshape,
  type serialization,
  split,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';

export interface GroupedConvolutionOptions {
  name?: string;
  filters: number;
  kernelSize: number;
  /** Input and output channels are cut into so many equal parts; each part of the output sees its part of the input. */
  groups: number;
  /** Default 1. */
  strides?: number;
  /** As tfjs pads. Default `valid`. */
  padding?: 'same' | 'valid';
  /** Default false. */
  useBias?: boolean;
}

/** Fewer channels make a convolution no quicker, on wasm and onnx: groups are joined up to so many. */
const channelsTogether = 16;

/**
 * Grouped convolution, which tfjs lacks: `y[..., o] = sum over (u, v, i) of x[..., g * in / groups + i] * kernel[u, v, i, o]`,
 * `g = floor(o * groups / filters)`; `AgogeGroupedConv2D` in saved models.
 *
 * Weights `kernel` `[height, width, in / groups, filters]` and, with a bias, `bias` `[filters]`. Computed as a few ordinary
 * convolutions, each of several groups whose kernels stand in the diagonal of a larger one, zeros beside them: convolutions of
 * a handful of channels cost more than the zeros. Gradients are those of tfjs's convolution, by its tape.
 *
 * S. Xie et al., Aggregated residual transformations for deep neural networks (CVPR 2017).
 *
 * @throws TypeError, RangeError for options of the wrong kind or `filters` not a multiple of `groups`; ModelError for an
 * input whose channels are not
 */
export class GroupedConv2D extends layers.Layer {
  static readonly className = 'AgogeGroupedConv2D';
  private readonly options: Required<Omit<GroupedConvolutionOptions, 'name'>>;

  constructor(options: GroupedConvolutionOptions) {
    super({ name: options.name });
    const { filters, kernelSize, groups, strides = 1, padding = 'valid', useBias = false } = options;
    for (const [what, value] of Object.entries({ filters, kernelSize, groups, strides })) {
      checkValue('groupedConv2d', what, value, required(integer({ min: 1 })));
    }
    checkValue('groupedConv2d', 'padding', padding, oneOf('same', 'valid'));
    checkMultiple('filters', filters, groups);
    this.options = { filters, kernelSize, groups, strides, padding, useBias };
  }

  override build(inputShape: Shape | Shape[]): void {
    const { filters, kernelSize, groups, useBias } = this.options;
    const from = Number((inputShape as Shape)[3]);
    checkMultiple('input channels', from, groups);
    this.addWeight('kernel', [kernelSize, kernelSize, from / groups, filters], 'float32', initializers.zeros());
    if (useBias) this.addWeight('bias', [filters], 'float32', initializers.zeros());
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [n, height, width] = inputShape as Shape;
    const { filters, kernelSize, strides, padding } = this.options;
    const lost = padding === 'same' ? 0 : kernelSize - 1;
    const count = (length: number | null) => (length === null ? null : Math.ceil((length - lost) / strides));
    return [n, count(height), count(width), filters];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x] = [inputs].flat() as [Tensor4D];
    const { groups, strides, padding } = this.options;
    const [kernel, bias] = this.weights.map((weight) => weight.read());
    return tidy(() => {
      const together = groupsTogether(groups, Math.max(x.shape[3], this.options.filters) / groups);
      const [parts, kernels] = [x, diagonal(kernel, groups, together)].map((each) => cut(each, groups / together));
      const y = parts.map((part, i) => conv2d(part as Tensor4D, kernels[i] as Tensor4D, strides, padding));
      const joined = y.length === 1 ? y[0] : concat(y, 3);
      return bias ? add(joined, bias) : joined;
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.options };
  }
}

function checkMultiple(what: string, channels: number, groups: number): void {
  if (channels % groups === 0) return;
  throw new ModelError('groupedConv2d', `${what} must be a multiple of groups, got ${channels} and ${groups}`);
}

/** The largest divisor of the number of groups with which channels stay within {@link channelsTogether}. */
function groupsTogether(groups: number, channels: number): number {
  let together = groups;
  while (together > 1 && (groups % together > 0 || together * channels > channelsTogether)) together--;
  return together;
}

const cut = (x: Tensor, parts: number): Tensor[] => (parts === 1 ? [x] : split(x, parts, 3));

/** `[height, width, in / groups, out]` to `[height, width, together * in / groups, out]`, zeros where groups do not meet. */
function diagonal(kernel: Tensor, groups: number, together: number): Tensor {
  if (together === 1) return kernel;
  const [height, width, from, to] = kernel.shape;
  const meets = Float32Array.from({ length: together * to }, (_, at) => {
    const group = Math.floor(((at % to) * groups) / to);
    return group % together === Math.floor(at / to) ? 1 : 0;
  });
  const apart = mul(reshape(kernel, [height * width, 1, from, to]), tensor(meets, [1, together, 1, to]));
  return reshape(apart, [height, width, together * from, to]);
}
