import { number, oneOf } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { classifierHead } from './classifier-head';
import { gaussian, heNormal } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';
import { stridesOf, stridesRule } from './strides';

/**
 * The end of a VGG, in hidden linear layers by times its `width`, each with activation and dropout.
 *
 * `rcm` and `paf` as in these papers' networks for CIFAR, behind the mean over positions; `linear` has none; `imagenet` is the
 * paper's, on all positions of the last map: 7 x 7 for images of 224 x 224.
 */
const heads = {
  rcm: { hidden: [4, 4], drops: 'after' },
  paf: { hidden: [8, 8], drops: 'before' },
  linear: { hidden: [], drops: 'after' },
  imagenet: { hidden: [64, 64], drops: 'after' },
} as const;

export interface VggOptions extends NetworkOptions {
  /**
   * What follows the features: with `width` 64 and 10 classes `rcm` has linear layers of 256, 256, 10; `paf` of 512, 512, 10;
   * `linear` of 10; `imagenet` of 4096, 4096 and, by default, 1000, for images of 224 x 224. Default `rcm`.
   */
  head?: keyof typeof heads;
  /**
   * Of the five 2 x 2 max poolings: 2 keeps one, 1 REMOVES it (and later layers count on from there). Default `22222`; RCM's
   * readings are in {@link rcmStrides}.
   */
  strides?: string;
  /** Of the hidden linear layers, in [0, 1). Default 0.5. */
  dropout?: number;
}

/** How many convolutions stand before each of the five poolings. */
const convolutions = {
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
};

function vgg(who: keyof typeof convolutions, options: VggOptions): LayersModel {
  const { width = 64, head = 'rcm', dropout = 0.5, strides = '22222', normalization = 'batch' } = options;
  const large = head === 'imagenet';
  const plan = {
    inputShape: large ? ([224, 224, 3] as const) : ([32, 32, 3] as const),
    classes: large ? 1000 : 10,
    rules: {
      head: oneOf(...Object.keys(heads)),
      strides: stridesRule(5, 2),
      dropout: number({ min: 0, below: 1 }),
    },
    initializers: { convolution: heNormal('out'), dense: gaussian(0.01) },
  };
  return network(who, options, plan, (images, kit) => {
    const pools = stridesOf(strides);
    let x = images;
    let modules = 0;
    const next = () => `features.${modules++}`;
    convolutions[who].forEach((count, i) => {
      const filters = width * Math.min(2 ** i, 8);
      for (let place = 0; place < count; place++) {
        x = kit.convolve(x, { name: next(), filters, kernelSize: 3, bias: true });
        if (normalization === 'batch') x = kit.normalize(x, next());
        x = kit.activate(x, next(), i + 1);
      }
      if (pools[i] === 2) x = kit.maxPool(x, { name: next(), size: 2 });
    });
    const features = large ? kit.flatten(x) : kit.pool(x);
    const { hidden, drops } = heads[head];
    return classifierHead(features, kit, { hidden: hidden.map((times) => times * width), drops, dropout, stage: 6 });
  });
}

/**
 * VGG-11 with batch normalisation: eight 3 x 3 convolutions, with biases, in five stages of 1, 2, 4, 8 and 8 times `width`
 * channels, each stage halved by max pooling, and linear layers.
 *
 * With the defaults 9,425,674 trainable parameters, 10 activation sites (one after each normalisation, one in each hidden
 * linear layer). Layers are numbered as in torchvision's VGGs with batch normalisation (`features.0`, `classifier.6`); without
 * normalisation as in those without. In `paf` the place of the dropout, and with it the numbers in `classifier`, are a reading.
 * Convolutions start He-normal (fan out), linear layers N(0, 0.01²), biases 0.
 *
 * Defaults: `inputShape` [32, 32, 3], `width` 64; the rest as in {@link NetworkOptions}.
 *
 * K. Simonyan and A. Zisserman, Very deep convolutional networks for large-scale image recognition (ICLR 2015); heads of S. Dai
 * et al., Parameterizing activation functions for adversarial robustness (2021), and of Xu and Yang,
 * arXiv 2202.12435 (2022), RCM.
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = vgg11({ strides: '11222', activation: 'silu' });
 */
export const vgg11 = (options: VggOptions = {}): LayersModel => vgg('vgg11', options);

/** VGG-13 with batch normalisation: ten convolutions; else as {@link vgg11}. */
export const vgg13 = (options: VggOptions = {}): LayersModel => vgg('vgg13', options);

/** VGG-16 with batch normalisation, which PAF and RCM train: thirteen convolutions; else as {@link vgg11}. */
export const vgg16 = (options: VggOptions = {}): LayersModel => vgg('vgg16', options);

/** VGG-19 with batch normalisation: sixteen convolutions; else as {@link vgg11}. */
export const vgg19 = (options: VggOptions = {}): LayersModel => vgg('vgg19', options);
