import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Initial } from './initial-weights';

/** A linear layer: from features `[n, k]` to `[n, units]`, its weights `name/kernel` and `name/bias`. */
export function dense(x: SymbolicTensor, { name, units }: { name: string; units: number }, initial: Initial) {
  const layer = layers.dense({ units, name, kernelInitializer: 'zeros' });
  const y = layer.apply(x) as SymbolicTensor;
  for (const weight of layer.weights) initial.dense(weight, initial.seed, Number(x.shape[1]));
  return y;
}
