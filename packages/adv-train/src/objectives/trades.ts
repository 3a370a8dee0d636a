import { modes, number, type Objective, oneOf } from '@agoge/core';
import { add, div, mul, type Scalar, sum } from '@tensorflow/tfjs-core';
import { inconsistency } from './consistency';
import { type CraftingOptions, crafting } from './crafting';
import { softCrossEntropy } from './cross-entropy';
import { divergence } from './divergence';
import { smoothingRule } from './label-smoothing';
import { squaredDistance, squaredError } from './squared-error';

export interface TradesOptions extends CraftingOptions {
  /**
   * Weight of the second term: accuracy at a small one, robustness at a large one. Default 6 (the source's for CIFAR-10; MNIST: 1);
   * DM-Improves-AT: 5.
   */
  beta?: number;
  /** Share of the uniform distribution in all targets. Default 0; DM-Improves-AT: 0.1. */
  labelSmoothing?: number;
  /**
   * What both terms measure by: cross entropy and `divergence`, or squared errors of probabilities (`squaredError`, DM-Improves-AT's
   * term LSE), which are climbed too. Default `divergence`.
   */
  measure?: 'divergence' | 'squaredError';
  /**
   * Weight of the inconsistency between two views of an image, which come one after the other in each batch, as `twoViews` makes
   * them. Default 0; DM-Improves-AT's option: 1.
   */
  consistency?: number;
  /** What logits are divided by for it. Default 0.5 (DM-Improves-AT). */
  temperature?: number;
  /**
   * Which images move the running statistics in the update. Default `both` (TRADES; Rade and Moosavi-Dezfooli), clean ones first;
   * Gowal et al. 2020: `adversarial`.
   */
  statisticsOf?: 'both' | 'adversarial';
}

/** How far logits lie from targets, and from other logits; the latter is climbed. */
const measures = {
  divergence: { fromTarget: softCrossEntropy, between: divergence },
  squaredError: { fromTarget: squaredError, between: squaredDistance },
};

/**
 * TRADES: `min_w E [ CE(f_w(x), y) + beta max_{|d| <= eps} KL(f_w(x) || f_w(x + d)) ]`.
 *
 * The ascent starts at `x + 0.001 N(0, 1)` (not clipped, as in the source) and climbs the divergence from the clean
 * prediction. In the update the clean images go forward first and the adversarial ones second, each with its own batch's
 * statistics; the gradient flows through both predictions, and the divergence is summed and divided by the batch's size.
 * The source sends the clean images forward a third time, which changes neither loss nor gradient but weighs them double in
 * the running statistics; later code (RCM, Rade and Moosavi-Dezfooli) does not, nor does this.
 *
 * With `measure: 'squaredError'` the terms are `|p(x) - y|^2` and `|p(x + d) - p(x)|^2` of the probabilities `p`: Pang et al.,
 * Robustness and accuracy could be reconcilable by (proper) definition (ICML 2022). `consistency` adds that weight times the
 * Jensen-Shannon divergence of the adversarial predictions of two views at a `temperature`: Tack et al., Consistency regularization
 * for adversarial robustness (AAAI 2022). Both as in the code of Wang et al. 2023, whose views are the halves of a batch and whose
 * smoothing of 0.1 is, with squared errors, 0.1 for all other classes together: here `labelSmoothing: 1 / 9` of ten classes.
 *
 * Zhang et al., Theoretically principled trade-off between robustness and accuracy (ICML 2019).
 *
 * @throws TypeError, RangeError for options; with `consistency`, RangeError for a batch that is no pairs
 * @example
 * const objective = trades({ eps: 0.031, stepSize: 0.007 });
 */
export function trades(options: TradesOptions): Objective {
  const more = {
    beta: number({ min: 0 }),
    labelSmoothing: smoothingRule,
    measure: oneOf('divergence', 'squaredError'),
    consistency: number({ min: 0 }),
    temperature: number({ above: 0 }),
    statisticsOf: oneOf('both', 'adversarial'),
  };
  const { measure = 'divergence' } = options;
  const usual = { climbs: measure, start: 'gaussian', clipStart: false } as const;
  const { options: craft, perturb } = crafting('trades', options, more, usual);
  const { beta = 6, labelSmoothing = 0, consistency = 0, temperature = 0.5, statisticsOf = 'both' } = options;
  const { fromTarget, between } = measures[measure];
  const natural = statisticsOf === 'both' ? modes.update : ({ ...modes.update, statistics: 'batch' } as const);
  return {
    name: 'trades',
    options: { ...craft, beta, labelSmoothing, measure, consistency, temperature, statisticsOf },
    perturb,
    loss(model, x, adversarial, target) {
      const clean = model.forward(x, natural);
      const attacked = model.forward(adversarial, modes.update);
      const robust = div<Scalar>(sum(between(clean, attacked)), x.shape[0]);
      const terms = add<Scalar>(fromTarget(clean, target, labelSmoothing), mul(robust, beta));
      if (consistency === 0) return terms;
      return add<Scalar>(terms, mul(inconsistency('trades', attacked, temperature), consistency));
    },
  };
}
