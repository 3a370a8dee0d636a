import { checkValue, integer, required } from '@agoge/core';
import { maxPool as maxPoolOf, type serialization, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { layers, type Shape, type SymbolicTensor } from '@tensorflow/tfjs-layers';

export interface MaxPoolShape {
  name: string;
  size: number;
  /** Default `size`. */
  strides?: number;
  /** Pixels around the image that are in no window's maximum. Default 0. */
  padding?: number;
}

/** The largest of each window; with padding by a layer of ours, since tfjs's knows only `same` and `valid`. */
export function maxPool(x: SymbolicTensor, { name, size, strides = size, padding = 0 }: MaxPoolShape): SymbolicTensor {
  const layer =
    padding === 0
      ? layers.maxPooling2d({ name, poolSize: size, strides, padding: 'valid' })
      : new MaxPooling2D({ name, size, strides, padding });
  return layer.apply(x) as SymbolicTensor;
}

/**
 * The largest of each window of `size`, every `strides` pixels, with `padding` on every side, as PyTorch's `MaxPool2d`;
 * `AgogeMaxPooling2D` in saved models.
 */
export class MaxPooling2D extends layers.Layer {
  static readonly className = 'AgogeMaxPooling2D';
  private readonly windows: { size: number; strides: number; padding: number };

  constructor({ size, strides = size, padding = 0, ...options }: MaxPoolShape) {
    super(options);
    this.windows = { size, strides, padding };
    checkValue('maxPooling2d', 'size', size, required(integer({ min: 1 })));
    checkValue('maxPooling2d', 'strides', strides, integer({ min: 1 }));
    checkValue('maxPooling2d', 'padding', padding, integer({ min: 0, max: size - 1 }));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [n, height, width, channels] = inputShape as Shape;
    const { size, strides, padding } = this.windows;
    const count = (length: number | null) =>
      length === null ? null : Math.floor((length + 2 * padding - size) / strides) + 1;
    return [n, count(height), count(width), channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x] = [inputs].flat();
    const { size, strides, padding } = this.windows;
    return maxPoolOf(x as Tensor4D, size, strides, padding, 'floor');
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.windows };
  }
}
