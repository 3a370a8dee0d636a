import { type Batches, checkOptions, fn, number } from '@agoge/core';
import type { Dataset } from '../dataset';
import type { Augment } from '../views/augment';
import { mixed } from './mixed';
import { symmetricBeta } from './symmetric-beta';

export interface MixUpOptions {
  /** Both parameters of the Beta distribution; default 1, as in the paper's experiments on CIFAR-10 (0.2 on ImageNet). */
  alpha?: number;
  /** Done to an image and to its partner first, to each by its own noise. */
  augment?: Augment;
}

/**
 * Batches of images mixed with others, for training: `lambda x + (1 - lambda) x'`, `lambda` from Beta(alpha, alpha); `target` has
 * the labels in the same shares, `y` the label of the larger.
 *
 * The partner is any row of `data`, keyed by (seed, absolute example, epoch), so that batch size and order do not matter; so is
 * lambda, where the authors draw one for each batch. Batches without a seed come as they are. The partners are read: where
 * that is slow, `inMemory(data)` first.
 *
 * H. Zhang et al., mixup: beyond empirical risk minimization (ICLR 2018), §2.
 *
 * @param data readable by row; else a `TypeError`
 *
 * @example
 * const training = mixUp(cifar, { alpha: 1, augment: compose(randomCrop({ padding: 4 }), randomFlip()) });
 */
export function mixUp(data: Dataset, options: MixUpOptions = {}): Batches {
  checkOptions('mixUp', options, { alpha: number({ above: 0 }), augment: fn });
  const { alpha = 1, augment } = options;
  return mixed('mixUp', data, { probability: 1, ...(augment && { augment }) }, (x, partner, { seed, index, epoch }) => {
    const share = symmetricBeta({ seed, index, stream: `mixUp/${epoch}` }, alpha);
    for (let i = 0; i < x.length; i++) x[i] = share * x[i] + (1 - share) * partner[i];
    return share;
  });
}
