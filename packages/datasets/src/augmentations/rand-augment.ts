import { checkOptions, checkValue, integer } from '@agoge/core';
import type { Augment } from '../views/augment';
import type { ImageOperationName } from './image-operations';
import { onBytes } from './on-bytes';

export interface RandAugmentOptions {
  /** Operations one after another; default 2, as in torchvision. */
  operations?: number;
  /** From 0 to `bins - 1`; default 9, as in torchvision. */
  magnitude?: number;
  /** Steps of the scale; default 31, as in torchvision. */
  bins?: number;
}

const choice: readonly ImageOperationName[] = [
  'identity',
  'shearX',
  'shearY',
  'translateX',
  'translateY',
  'rotate',
  'brightness',
  'color',
  'contrast',
  'sharpness',
  'posterize',
  'solarize',
  'autoContrast',
  'equalize',
];

/**
 * Some of 14 operations, each drawn with equal probability, all of one magnitude and, where they have one, either sign. Values go
 * by way of bytes: operations are equal to Pillow's.
 *
 * E. Cubuk et al., RandAugment: practical automated data augmentation with a reduced search space (2020). Images from 0 to 1, of
 * 1 or 3 channels.
 *
 * @example
 * randAugment({ operations: 2, magnitude: 9 });
 */
export function randAugment(options: RandAugmentOptions = {}): Augment {
  checkOptions('randAugment', options, {
    operations: integer({ min: 1 }),
    magnitude: integer({ min: 0 }),
    bins: integer({ min: 2 }),
  });
  const { operations = 2, magnitude = 9, bins = 31 } = options;
  checkValue('randAugment', 'magnitude', magnitude, integer({ min: 0, max: bins - 1 }));
  return onBytes('randAugment', 2 * operations, (draws) =>
    Array.from({ length: operations }, (_, i) => ({
      name: choice[Math.floor(draws[2 * i] * 2 ** -32 * choice.length)],
      share: magnitude / (bins - 1),
      isNegative: (draws[2 * i + 1] & 1) === 1,
    })),
  );
}
