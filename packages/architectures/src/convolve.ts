import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { heNormal, uniformByInputs } from './initial-weights';

export interface ConvolveOptions {
  /** Of the layer; its weights are `name/kernel` and, with a bias, `name/bias`. */
  name: string;
  filters: number;
  kernelSize: number;
  strides: number;
  /** Default none: batch normalisation follows. */
  bias?: boolean;
  fan: 'in' | 'out';
  seed: number;
}

/**
 * A convolution with PyTorch's padding: `(kernelSize - 1) / 2` zeros on every side. tfjs's `same` pads so at stride 1; at
 * stride 2 it would leave the first row and column out.
 */
export function convolve(x: SymbolicTensor, { name, kernelSize, bias = false, fan, seed, ...rest }: ConvolveOptions) {
  const padding = (kernelSize - 1) / 2;
  const explicit = rest.strides > 1 && padding > 0;
  const padded = explicit ? layers.zeroPadding2d({ padding, name: `${name}.pad` }).apply(x) : x;
  const layer = layers.conv2d({
    ...rest,
    name,
    kernelSize,
    padding: explicit ? 'valid' : 'same',
    useBias: bias,
    kernelInitializer: 'zeros',
  });
  const y = layer.apply(padded) as SymbolicTensor;
  heNormal(fan)(layer.weights[0], seed);
  return y;
}

/** The last layer, `linear`: from features `[n, k]` to logits `[n, classes]`. */
export function logits(features: SymbolicTensor, classes: number, seed: number): SymbolicTensor {
  const layer = layers.dense({ units: classes, name: 'linear', kernelInitializer: 'zeros' });
  const y = layer.apply(features) as SymbolicTensor;
  const initialize = uniformByInputs(Number(features.shape[1]));
  for (const weight of layer.weights) initialize(weight, seed);
  return y;
}
