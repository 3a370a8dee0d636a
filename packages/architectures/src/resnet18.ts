import { checkOptions } from '@agoge/core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { activationAt } from './activation-at';
import { batchNormalization } from './batch-normalization';
import { convolve, logits } from './convolve';
import { type NetworkOptions, networkRules } from './network-options';

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
  checkOptions('resnet18', options, networkRules);
  const { inputShape = [32, 32, 3], classes = 10, activation = 'relu', width = 64, seed = 0 } = options;
  const activate = activationAt('resnet18', activation);

  /** Convolution and normalisation, without bias between them. */
  const block = (x: SymbolicTensor, names: [convolution: string, normalization: string], shape: BlockShape) => {
    const y = convolve(x, { ...shape, name: names[0], fan: 'out', seed });
    return batchNormalization({ name: names[1] }).apply(y) as SymbolicTensor;
  };

  const images = input({ shape: [...inputShape], name: 'images' });
  let x = block(images, ['conv1', 'bn1'], { filters: width, kernelSize: 3, strides: 1 });
  x = activate(x, 'act1', 0);
  for (const stage of [1, 2, 3, 4]) {
    const filters = width * 2 ** (stage - 1);
    for (const place of [0, 1]) {
      const name = `layer${stage}.${place}`;
      const strides = stage > 1 && place === 0 ? 2 : 1;
      let residual = block(x, [`${name}.conv1`, `${name}.bn1`], { filters, kernelSize: 3, strides });
      residual = activate(residual, `${name}.act1`, stage);
      residual = block(residual, [`${name}.conv2`, `${name}.bn2`], { filters, kernelSize: 3, strides: 1 });
      const shortcut: [string, string] = [`${name}.shortcut.0`, `${name}.shortcut.1`];
      const straight = strides === 1 ? x : block(x, shortcut, { filters, kernelSize: 1, strides });
      x = activate(
        layers.add({ name: `${name}.add` }).apply([residual, straight]) as SymbolicTensor,
        `${name}.act2`,
        stage,
      );
    }
  }
  const features = layers.globalAveragePooling2d({ name: 'avgpool' }).apply(x) as SymbolicTensor;
  return model({ inputs: images, outputs: logits(features, classes, seed), name: 'resnet18' });
}

interface BlockShape {
  filters: number;
  kernelSize: number;
  strides: number;
}
