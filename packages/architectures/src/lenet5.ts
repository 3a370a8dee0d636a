import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NetworkOptions } from './network-options';
import { twoConvolutions } from './two-convolutions';

export type Lenet5Options = NetworkOptions;

/**
 * The LeNet5 of adversarial training on MNIST, whose trained weights AdverTorch publishes: 648,226 parameters.
 *
 * Two 3 x 3 convolutions of `width` and `2 width` channels (`conv1`, `conv2`), each activated (`act1`, `act2`) and halved by
 * max pooling, `linear1` to 200 numbers, `act3`, `linear2`. It shares the name and the order of layers with LeCun's LeNet-5 of
 * 1998, which has 5 x 5 convolutions of 6 and 16 channels without padding, trained averaging in place of max pooling, tanh,
 * and linear layers of 120, 84 and 10. Weights start as those of PyTorch's layers.
 *
 * Defaults: `inputShape` [28, 28, 1], `width` 32, `normalization` none; the rest as in {@link NetworkOptions}.
 *
 * Y. LeCun et al., Gradient-based learning applied to document recognition (Proc. IEEE 1998); G. W. Ding, L. Wang and X. Jin,
 * AdverTorch v0.1 (2019).
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = lenet5({ initializer: 'zeros' }); // for weights from a file
 */
export function lenet5(options: Lenet5Options = {}): LayersModel {
  return twoConvolutions('lenet5', options, { kernelSize: 3, units: 200, linear: ['linear1', 'linear2'] });
}
