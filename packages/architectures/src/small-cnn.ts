import { checkOptions, oneOf } from '@agoge/core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { activationAt } from './activation-at';
import { batchNormalization } from './batch-normalization';
import { convolve, logits } from './convolve';
import { type NetworkOptions, networkRules } from './network-options';

export interface SmallCnnOptions extends NetworkOptions {
  /** Batch normalisation after each convolution, or none. Default `none`. */
  normalization?: 'none' | 'batch';
}

/**
 * A small convolutional network, for small images: trains adversarially on the digits in seconds.
 *
 * Three 3 x 3 convolutions of `width`, `2 width` and `4 width` channels, the last two with stride 2, an activation after
 * each (sites `act1` to `act3`), then `linear` over all that is left: 25,866 parameters with the defaults. Kernels start
 * He-normal (fan in), `linear` uniform as in PyTorch.
 *
 * Defaults: `inputShape` [8, 8, 1], as of the digits, `width` 16; the rest as in {@link NetworkOptions}.
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = smallCnn({ activation: 'silu', seed: 1 });
 * const f = fromLayersModel(model, { bounds: [0, 1] });
 */
export function smallCnn(options: SmallCnnOptions = {}): LayersModel {
  checkOptions('smallCnn', options, { ...networkRules, normalization: oneOf('none', 'batch') });
  const { inputShape = [8, 8, 1], classes = 10, activation = 'relu', width = 16, seed = 0 } = options;
  const { normalization = 'none' } = options;
  const activate = activationAt('smallCnn', activation);
  const normalize = (x: SymbolicTensor, name: string) =>
    normalization === 'batch' ? (batchNormalization({ name }).apply(x) as SymbolicTensor) : x;

  const images = input({ shape: [...inputShape], name: 'images' });
  let x = images;
  for (const stage of [1, 2, 3]) {
    x = convolve(x, {
      name: `conv${stage}`,
      filters: width * 2 ** (stage - 1),
      kernelSize: 3,
      strides: stage === 1 ? 1 : 2,
      bias: normalization === 'none',
      fan: 'in',
      seed,
    });
    x = activate(normalize(x, `bn${stage}`), `act${stage}`, stage);
  }
  const features = layers.flatten({ name: 'flatten' }).apply(x) as SymbolicTensor;
  return model({ inputs: images, outputs: logits(features, classes, seed), name: 'smallCnn' });
}
