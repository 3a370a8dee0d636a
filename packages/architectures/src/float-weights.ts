import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** Weights but for counters, such as dropout's of its calls: state of the layer, which is no part of what a network has learned. */
export const floatWeights = (weights: readonly LayerVariable[]): LayerVariable[] =>
  weights.filter(({ dtype }) => dtype === 'float32');
