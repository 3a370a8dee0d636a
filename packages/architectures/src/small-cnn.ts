import type { LayersModel } from '@tensorflow/tfjs-layers';
import { heNormal, uniformByInputs } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';

export type SmallCnnOptions = NetworkOptions;

/**
 * A small convolutional network, for small images: trains adversarially on the digits in seconds.
 *
 * Three 3 x 3 convolutions of `width`, `2 width` and `4 width` channels, the last two with stride 2, an activation after
 * each (sites `act1` to `act3`), then `linear` over all that is left: 25,866 parameters with the defaults. Kernels start
 * He-normal (fan in), `linear` uniform as in PyTorch.
 *
 * Defaults: `inputShape` [8, 8, 1], as of the digits, `width` 16, `normalization` none; the rest as in {@link NetworkOptions}.
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = smallCnn({ activation: 'silu', seed: 1 });
 * const f = fromLayersModel(model, { bounds: [0, 1] });
 */
export function smallCnn({ normalization = 'none', ...options }: SmallCnnOptions = {}): LayersModel {
  const { width = 16 } = options;
  const initializers = { convolution: heNormal('in'), dense: uniformByInputs };
  return network('smallCnn', { normalization, ...options }, { inputShape: [8, 8, 1], initializers }, (images, kit) => {
    let x = images;
    for (const stage of [1, 2, 3]) {
      const shape = { name: `conv${stage}`, filters: width * 2 ** (stage - 1), kernelSize: 3 };
      x = kit.block(x, { ...shape, strides: stage === 1 ? 1 : 2, normalization: `bn${stage}` });
      x = kit.activate(x, `act${stage}`, stage);
    }
    return kit.logits(kit.flatten(x), 'linear');
  });
}
