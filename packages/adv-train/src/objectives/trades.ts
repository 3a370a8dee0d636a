import { modes, number, type Objective } from '@agoge/core';
import { add, div, mul, type Scalar, sum } from '@tensorflow/tfjs-core';
import { type CraftingOptions, crafting, smoothingRule } from './crafting';
import { softCrossEntropy } from './cross-entropy';
import { divergence } from './divergence';

export interface TradesOptions extends CraftingOptions {
  /** Weight of the divergence: accuracy at a small one, robustness at a large one. Default 6 (the source's for CIFAR-10; MNIST: 1). */
  beta?: number;
  /** Share of the uniform distribution in the targets. Default 0; Gowal et al. 2020: 0.1 on extra data. */
  labelSmoothing?: number;
}

/**
 * TRADES: `min_w E [ CE(f_w(x), y) + beta max_{|d| <= eps} KL(f_w(x) || f_w(x + d)) ]`.
 *
 * The ascent starts at `x + 0.001 N(0, 1)` (not clipped, as in the source) and climbs the divergence from the clean
 * prediction. In the update the clean images go forward first and the adversarial ones second, each with its own batch's
 * statistics; the gradient flows through both predictions, and the divergence is summed and divided by the batch's size.
 * The source sends the clean images forward a third time, which changes neither loss nor gradient but weighs them double in
 * the running statistics; later code (RCM, Rade and Moosavi-Dezfooli) does not, nor does this.
 *
 * Zhang et al., Theoretically principled trade-off between robustness and accuracy (ICML 2019).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = trades({ eps: 0.031, stepSize: 0.007 });
 */
export function trades(options: TradesOptions): Objective {
  const more = { beta: number({ min: 0 }), labelSmoothing: smoothingRule };
  const usual = { climbs: 'divergence', start: 'gaussian', clipStart: false } as const;
  const { options: craft, perturb } = crafting('trades', options, more, usual);
  const { beta = 6, labelSmoothing = 0 } = options;
  return {
    name: 'trades',
    options: { ...craft, beta, labelSmoothing },
    perturb,
    loss(model, x, adversarial, target) {
      const natural = model.forward(x, modes.update);
      const attacked = model.forward(adversarial, modes.update);
      const robust = div<Scalar>(sum(divergence(natural, attacked)), x.shape[0]);
      return add<Scalar>(softCrossEntropy(natural, target, labelSmoothing), mul(robust, beta));
    },
  };
}
