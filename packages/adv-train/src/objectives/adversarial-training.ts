import { modes, type Objective } from '@agoge/core';
import { type CraftingOptions, crafting } from './crafting';
import { softCrossEntropy } from './cross-entropy';
import { smoothingRule } from './label-smoothing';

export interface AdversarialTrainingOptions extends CraftingOptions {
  /** Share of the uniform distribution in the targets. Default 0; Pang et al. 2021 find up to 0.2 useful. */
  labelSmoothing?: number;
}

/**
 * Adversarial training on PGD's images: `min_w E max_{|d| <= eps} CE(f_w(x + d), y)`.
 *
 * The inner maximum by `steps` of projected ascent of the cross entropy from a uniform start (Madry et al.); the update sees
 * the adversarial images only.
 *
 * Madry et al., Towards deep learning models resistant to adversarial attacks (ICLR 2018).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = adversarialTraining({ eps: 8 / 255 });
 */
export function adversarialTraining(options: AdversarialTrainingOptions): Objective {
  return onCrafted('adversarialTraining', options);
}

/** Training on crafted images only, by the cross entropy: what several methods are, which craft differently. */
export function onCrafted(
  name: string,
  options: AdversarialTrainingOptions,
  usual: Partial<CraftingOptions> = {},
): Objective {
  const { options: craft, perturb } = crafting(name, options, { labelSmoothing: smoothingRule }, usual);
  const { labelSmoothing = 0 } = options;
  return {
    name,
    options: { ...craft, labelSmoothing },
    perturb,
    loss: (model, _x, adversarial, target) =>
      softCrossEntropy(model.forward(adversarial, modes.update), target, labelSmoothing),
  };
}
