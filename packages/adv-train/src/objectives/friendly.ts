import type { Objective } from '@agoge/core';
import { type AdversarialTrainingOptions, onCrafted } from './adversarial-training';

/**
 * Friendly adversarial training: {@link adversarialTraining} on images that are only just misclassified. An example stops `tau`
 * steps (default 0) after it is first misclassified.
 *
 * The source raises `tau` while it trains (0, from epoch 50 on 1, from 90 on 2, of 120); train in turns to do so.
 *
 * Zhang, Xu, Han, Niu, Cui, Sugiyama, Kankanhalli, Attacks which do not kill training make adversarial learning stronger
 * (ICML 2020).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = friendlyAdversarialTraining({ eps: 8 / 255, tau: 1 });
 */
export function friendlyAdversarialTraining(options: AdversarialTrainingOptions): Objective {
  return onCrafted('friendlyAdversarialTraining', options, { tau: 0 });
}
