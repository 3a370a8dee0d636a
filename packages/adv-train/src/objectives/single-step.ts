import type { Objective } from '@agoge/core';
import { type AdversarialTrainingOptions, onCrafted } from './adversarial-training';

/**
 * Fast adversarial training (FGSM-RS): {@link adversarialTraining} by one step of `1.25 eps` from a uniform start, crafted with
 * the batch's statistics.
 *
 * It may collapse in the middle of training (catastrophic overfitting): accuracy on its own images rises while PGD's leave
 * none. Validate with PGD; a smaller step (Rade: 10/255 for 8/255) puts it off.
 *
 * Wong, Rice, Kolter, Fast is better than free: revisiting adversarial training (ICLR 2020).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = fgsmRs({ eps: 0.3 });
 */
export function fgsmRs(options: Omit<AdversarialTrainingOptions, 'steps'>): Objective {
  const usual = { steps: 1, stepSize: 1.25 * options.eps, statistics: 'batch' } as const;
  return onCrafted('fgsmRs', options, usual);
}

/**
 * The single-step training of smooth adversarial training (SAT's PGD-1): {@link adversarialTraining} by one step of `eps` from a
 * uniform start, but from the clean image in a fifth of the batches.
 *
 * Xie, Tan, Gong, Yuille, Le, Smooth adversarial training (2020), §3.1 and its code's defaults.
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = pgd1({ eps: 4 / 255 });
 */
export function pgd1(options: Omit<AdversarialTrainingOptions, 'steps'>): Objective {
  return onCrafted('pgd1', options, { steps: 1, stepSize: options.eps, cleanShare: 0.2 });
}
