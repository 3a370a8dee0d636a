import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Kit } from './network';

/**
 * Squeeze and excitation: each channel times a gate, `x sigmoid(fc2(f(fc1(mean of x over positions))))`.
 *
 * `fc1`, to `channels` numbers, and `fc2` are 1 x 1 convolutions with biases; `f` is an activation site, the sigmoid none.
 *
 * J. Hu, L. Shen and G. Sun, Squeeze-and-excitation networks (CVPR 2018).
 */
export function squeezeExcite(
  x: SymbolicTensor,
  kit: Kit,
  { name, channels, stage }: { name: string; channels: number; stage: number },
): SymbolicTensor {
  const filters = Number(x.shape[3]);
  const mean = layers.globalAveragePooling2d({ name: `${name}.avgpool` }).apply(x);
  let gate = layers.reshape({ name: `${name}.reshape`, targetShape: [1, 1, filters] }).apply(mean) as SymbolicTensor;
  gate = kit.convolve(gate, { name: `${name}.fc1`, filters: channels, kernelSize: 1, bias: true });
  gate = kit.activate(gate, `${name}.activation`, stage);
  gate = kit.convolve(gate, { name: `${name}.fc2`, filters, kernelSize: 1, bias: true });
  const scale = layers.activation({ name: `${name}.scale_activation`, activation: 'sigmoid' }).apply(gate);
  return layers.multiply({ name: `${name}.multiply` }).apply([x, scale as SymbolicTensor]) as SymbolicTensor;
}
