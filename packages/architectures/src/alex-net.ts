import { number } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { classifierHead } from './classifier-head';
import { asPyTorch } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';
import { stridesOf, stridesRule } from './strides';

export interface AlexNetOptions extends NetworkOptions {
  /**
   * Strides of the first convolution and of the three max poolings, each 1 or 2; a pooling of stride 1 stays, over windows of
   * 2 x 2. Default `2222`; RCM's readings are in {@link rcmStrides}.
   */
  strides?: string;
  /** Of the two hidden linear layers, in [0, 1). Default 0.5. */
  dropout?: number;
}

/**
 * AlexNet in RCM's form for CIFAR: 2,850,634 parameters.
 *
 * Convolutions of 1, 3, 6, 4 and 4 times `width` channels, 5 x 5, 5 x 5 and 3 x 3, with biases; 2 x 2 max pooling after the
 * first, second and fifth; the mean over positions; linear layers of 8 and 8 times `width` numbers and `classes`, with
 * dropout. Seven activation sites. Layers are numbered as torchvision's AlexNet numbers them (`features.0`, `.3`, `.6`, `.8`,
 * `.10`, `classifier.1`, `.4`, `.6`), from which the second kernel's size, the dropout's place and its rate are taken too:
 * what is known of RCM's own leaves them open. Weights start as those of PyTorch's layers.
 *
 * Defaults: `inputShape` [32, 32, 3], `width` 64, `normalization` none; the rest as in {@link NetworkOptions}.
 *
 * A. Krizhevsky, I. Sutskever and G. Hinton, ImageNet classification with deep convolutional neural networks (NIPS 2012);
 * Xu and Yang, arXiv 2202.12435 (2022), RCM.
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 */
export function alexNet({ normalization = 'none', ...options }: AlexNetOptions = {}): LayersModel {
  const { width = 64, dropout = 0.5, strides = '2222' } = options;
  const plan = {
    inputShape: [32, 32, 3] as const,
    rules: { strides: stridesRule(4, 2), dropout: number({ min: 0, below: 1 }) },
    initializers: asPyTorch,
  };
  return network('alexNet', { normalization, ...options }, plan, (images, kit) => {
    const [first, ...pools] = stridesOf(strides);
    const convolutions = [
      { filters: width, kernelSize: 5, strides: first, pool: pools[0] },
      { filters: 3 * width, kernelSize: 5, pool: pools[1] },
      { filters: 6 * width, kernelSize: 3 },
      { filters: 4 * width, kernelSize: 3 },
      { filters: 4 * width, kernelSize: 3, pool: pools[2] },
    ];
    let x = images;
    let modules = 0;
    const next = () => `features.${modules++}`;
    convolutions.forEach(({ pool, ...shape }, i) => {
      const name = next();
      x = kit.block(x, { ...shape, name, normalization: `${name}.bn` });
      x = kit.activate(x, next(), i + 1);
      if (pool !== undefined) x = kit.maxPool(x, { name: next(), size: 2, strides: pool });
    });
    const hidden = [8 * width, 8 * width];
    return classifierHead(kit.pool(x), kit, { hidden, dropout, drops: 'before', stage: 6 });
  });
}
