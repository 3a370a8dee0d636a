import { modes, number, type Objective } from '@agoge/core';
import { add, mean, mul, type Scalar, square, sub } from '@tensorflow/tfjs-core';
import { type CraftingOptions, crafting } from './crafting';
import { softCrossEntropy } from './cross-entropy';
import { smoothingRule } from './label-smoothing';

export interface AlpOptions extends CraftingOptions {
  /** Weight of the pairing. Default 0.5 (Kannan et al. 2018; RCM's code). */
  beta?: number;
  /** Share of the uniform distribution in the targets. Default 0. */
  labelSmoothing?: number;
}

/**
 * Adversarial logit pairing: `CE(f(x), y) + CE(f(x'), y) + beta mean (f(x) - f(x'))^2`, the mean over examples and classes, of
 * images `x'` that PGD crafts by the cross entropy. The form of RCM's code.
 *
 * It was broken by stronger attacks soon after it came out (Engstrom, Ilyas, Athalye 2018): measure what it trains with
 * AutoAttack.
 *
 * Kannan, Kurakin, Goodfellow, Adversarial logit pairing (2018).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = alp({ eps: 8 / 255 });
 */
export function alp(options: AlpOptions): Objective {
  const more = { beta: number({ min: 0 }), labelSmoothing: smoothingRule };
  const { options: craft, perturb } = crafting('alp', options, more);
  const { beta = 0.5, labelSmoothing = 0 } = options;
  return {
    name: 'alp',
    options: { ...craft, beta, labelSmoothing },
    perturb,
    loss(model, x, adversarial, target) {
      const natural = model.forward(x, modes.update);
      const attacked = model.forward(adversarial, modes.update);
      const both = add(
        softCrossEntropy(natural, target, labelSmoothing),
        softCrossEntropy(attacked, target, labelSmoothing),
      );
      return add<Scalar>(both, mul(mean(square(sub(natural, attacked))), beta));
    },
  };
}
