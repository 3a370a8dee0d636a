import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NetworkOptions } from './network-options';
import { twoConvolutions } from './two-convolutions';

export type MadryCnnOptions = NetworkOptions;

/**
 * The network of the MNIST challenge: 3,274,634 parameters.
 *
 * Two 5 x 5 convolutions of `width` and `2 width` channels that keep the size (`conv1`, `conv2`), each activated (`act1`,
 * `act2`) and halved by max pooling, `fc1` to 1024 numbers, `act3`, `fc2`. The names of layers are ours: the challenge's
 * TensorFlow code is not at hand to take them, or initial weights, from. Those start as PyTorch's layers do.
 *
 * Defaults: `inputShape` [28, 28, 1], `width` 32, `normalization` none; the rest as in {@link NetworkOptions}.
 *
 * A. Madry et al., Towards deep learning models resistant to adversarial attacks (ICLR 2018).
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 */
export function madryCnn(options: MadryCnnOptions = {}): LayersModel {
  return twoConvolutions('madryCnn', options, { kernelSize: 5, units: 1024, linear: ['fc1', 'fc2'] });
}
