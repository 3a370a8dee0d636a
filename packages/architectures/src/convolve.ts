import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { GroupedConv2D, type GroupedConvolutionOptions } from './grouped-convolution';
import type { Initial } from './initial-weights';

export interface ConvolveShape {
  /** Of the layer; its weights are `name/kernel` and, with a bias, `name/bias`. */
  name: string;
  filters: number;
  kernelSize: number;
  /** Default 1. */
  strides?: number;
  /** Zeros on every side, or `same` as TensorFlow pads. Default `(kernelSize - 1) / 2`, PyTorch's habit. */
  padding?: number | 'same';
  /** Default none: batch normalisation follows. */
  bias?: boolean;
  /** Parts of the channels that do not see each other; as many as there are channels and filters: depthwise. Default 1. */
  groups?: number;
}

/**
 * A convolution with as many zeros on every side, as PyTorch pads. tfjs's `same` does so at stride 1; at stride 2 it would
 * leave the first row and column out.
 */
export function convolve(
  x: SymbolicTensor,
  { name, filters, kernelSize, strides = 1, padding = (kernelSize - 1) / 2, bias = false, groups = 1 }: ConvolveShape,
  initial: Initial,
): SymbolicTensor {
  const asSame = padding === 'same' || (strides === 1 && padding > 0 && padding === (kernelSize - 1) / 2);
  const around = asSame || padding === 0 ? undefined : layers.zeroPadding2d({ padding, name: `${name}.pad` });
  const shape = { name, kernelSize, strides, padding: asSame ? 'same' : 'valid', useBias: bias } as const;
  const channels = Number(x.shape[3]);
  const layer = layerOf({ ...shape, filters, groups }, channels);
  const y = layer.apply(around ? around.apply(x) : x) as SymbolicTensor;
  for (const weight of layer.weights) initial.convolution(weight, initial.seed, (kernelSize ** 2 * channels) / groups);
  return y;
}

/** A stock layer where there is one. */
function layerOf({ groups, filters, ...shape }: GroupedConvolutionOptions, channels: number): layers.Layer {
  if (groups === 1) return layers.conv2d({ ...shape, filters, kernelInitializer: 'zeros' });
  const depthwise = groups === channels && filters === channels;
  if (depthwise) return layers.depthwiseConv2d({ ...shape, depthwiseInitializer: 'zeros' });
  return new GroupedConv2D({ ...shape, filters, groups });
}
