import { checkOptions, oneOf } from '@agoge/core';
import type { Augment } from '../views/augment';
import { onBytes } from './on-bytes';
import { policies } from './policies';

export interface AutoAugmentOptions {
  /** What the policy was searched on. Default `cifar10`. */
  policy?: 'cifar10' | 'imagenet' | 'svhn';
}

/**
 * One of 25 pairs of operations, drawn for each image; each of the two is done with its own probability and magnitude, and, where
 * it has one, either sign. Values go by way of bytes: operations are equal to Pillow's.
 *
 * E. Cubuk et al., AutoAugment: learning augmentation strategies from data (CVPR 2019), with the scales of torchvision. Images
 * from 0 to 1, of 1 or 3 channels.
 *
 * @example
 * compose(randomCrop({ padding: 4 }), randomFlip(), autoAugment({ policy: 'cifar10' }), cutout({ size: 16 }));
 */
export function autoAugment(options: AutoAugmentOptions = {}): Augment {
  checkOptions('autoAugment', options, { policy: oneOf(...Object.keys(policies)) });
  const pairs = policies[options.policy ?? 'cifar10'];
  return onBytes('autoAugment', 5, (draws) => {
    const pair = pairs[Math.floor(draws[0] * 2 ** -32 * pairs.length)];
    return pair.flatMap(([name, probability, magnitude = 0], i) => {
      if (draws[1 + 2 * i] * 2 ** -32 >= probability) return [];
      return [{ name, share: magnitude / 9, isNegative: (draws[2 + 2 * i] & 1) === 1 }];
    });
  });
}
