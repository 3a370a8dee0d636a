import { type Batches, checkOptions, fn, number, words } from '@agoge/core';
import type { Dataset } from '../dataset';
import type { Augment } from '../views/augment';
import { mixed } from './mixed';
import { symmetricBeta } from './symmetric-beta';

export interface CutMixOptions {
  /** Both parameters of the Beta distribution; default 1, uniform, as in the paper. */
  alpha?: number;
  /** How many of the images get a patch; default 0.5, as the authors train on CIFAR (1 on ImageNet). */
  probability?: number;
  /** Done to an image and to its partner first, to each by its own noise. */
  augment?: Augment;
}

/**
 * Batches in which a patch of each image is another's, for training: `target` has the labels' shares by area, `y` the label of
 * the larger part.
 *
 * The patch has `sqrt(1 - lambda)` of each side, `lambda` from Beta(alpha, alpha), and its middle is uniform over the pixels; what
 * reaches over the border is cut off, and the share is what is left of the image. The partner is any row of `data`, keyed by
 * (seed, absolute example, epoch), so that batch size and order do not matter. Batches without a seed come as they are. The
 * partners are read: where that is slow, `inMemory(data)` first.
 *
 * S. Yun et al., CutMix: regularization strategy to train strong classifiers with localizable features (ICCV 2019), §3.1.
 *
 * @param data readable by row; else a `TypeError`
 *
 * @example
 * const training = cutMix(cifar, { augment: compose(randomCrop({ padding: 4 }), randomFlip()) });
 */
export function cutMix(data: Dataset, options: CutMixOptions = {}): Batches {
  checkOptions('cutMix', options, {
    alpha: number({ above: 0 }),
    probability: number({ min: 0, max: 1 }),
    augment: fn,
  });
  const { alpha = 1, probability = 0.5, augment } = options;
  return mixed(
    'cutMix',
    data,
    { probability, ...(augment && { augment }) },
    (x, partner, { seed, index, epoch }, shape) => {
      const [, height, width, channels] = shape;
      const key = { seed, index, stream: `cutMix/${epoch}` };
      const side = Math.sqrt(1 - symmetricBeta(key, alpha));
      const [down, right] = words(key, 2);
      const reach = (word: number, length: number) => {
        const middle = Math.floor(word * 2 ** -32 * length);
        const half = Math.floor(Math.floor(length * side) / 2);
        return [Math.max(0, middle - half), Math.min(length, middle + half)];
      };
      const [top, bottom] = reach(down, height);
      const [left, end] = reach(right, width);
      for (let row = top; row < bottom; row++) {
        const from = (row * width + left) * channels;
        x.set(partner.subarray(from, from + (end - left) * channels), from);
      }
      return 1 - ((bottom - top) * (end - left)) / (height * width);
    },
  );
}
