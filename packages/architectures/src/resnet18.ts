import type { LayersModel } from '@tensorflow/tfjs-layers';
import { heNormal, uniformByInputs } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';

export type Resnet18Options = NetworkOptions;

/**
 * ResNet-18 in its form for CIFAR: a 3 x 3 stem of stride 1, no pooling before the end.
 *
 * Four stages of two basic blocks, `width` times 1, 2, 4 and 8 channels, strides 1, 2, 2, 2; 17 activation sites (`act1`
 * after the stem's normalisation; in each block `.act1` after the first normalisation, `.act2` after the residual is added,
 * as `layer1.0.act1`), then the mean over positions and `linear`. 11,173,962 parameters with the defaults. Layers are named
 * as in PyTorch (`layer2.0.shortcut.0`), padding is PyTorch's, normalisation {@link BatchNormalization}. Convolutions have
 * no bias and start He-normal (fan out), `linear` uniform as in PyTorch.
 *
 * Defaults: `inputShape` [32, 32, 3], `width` 64; the rest as in {@link NetworkOptions}.
 *
 * K. He et al., Deep residual learning for image recognition (CVPR 2016); stem and sites as in the code of S. Dai et al.,
 * Parameterizing activation functions for adversarial robustness (2021).
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = resnet18({ activation: new PSSiLU(), seed: 1 }); // of @agoge/activations
 * const f = fromLayersModel(model, { bounds: [0, 1] });
 */
export function resnet18(options: Resnet18Options = {}): LayersModel {
  const { width = 64 } = options;
  const initializers = { convolution: heNormal('out'), dense: uniformByInputs };
  return network('resnet18', options, { inputShape: [32, 32, 3], initializers }, (images, kit) => {
    let x = kit.block(images, { name: 'conv1', filters: width, kernelSize: 3, normalization: 'bn1' });
    x = kit.activate(x, 'act1', 0);
    for (const stage of [1, 2, 3, 4]) {
      const filters = width * 2 ** (stage - 1);
      for (const place of [0, 1]) {
        const name = `layer${stage}.${place}`;
        const strides = stage > 1 && place === 0 ? 2 : 1;
        const convolution = (i: 1 | 2) => ({
          name: `${name}.conv${i}`,
          filters,
          kernelSize: 3,
          normalization: `${name}.bn${i}`,
        });
        let residual = kit.block(x, { ...convolution(1), strides });
        residual = kit.activate(residual, `${name}.act1`, stage);
        residual = kit.block(residual, convolution(2));
        const shortcut = { name: `${name}.shortcut.0`, normalization: `${name}.shortcut.1` };
        const straight = strides === 1 ? x : kit.block(x, { ...shortcut, filters, kernelSize: 1, strides });
        x = kit.activate(kit.add(`${name}.add`, residual, straight), `${name}.act2`, stage);
      }
    }
    return kit.logits(kit.pool(x), 'linear');
  });
}
