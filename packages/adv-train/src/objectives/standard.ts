import { checkOptions, modes, type Objective } from '@agoge/core';
import { softCrossEntropy } from './cross-entropy';
import { smoothingRule } from './label-smoothing';

export interface StandardOptions {
  /** Share of the uniform distribution in the targets. Default 0. */
  labelSmoothing?: number;
}

/** Standard training: the cross entropy of the images as they are. */
export function standard(options: StandardOptions = {}): Objective {
  checkOptions('standard', options, { labelSmoothing: smoothingRule });
  const { labelSmoothing = 0 } = options;
  return {
    name: 'standard',
    options: { labelSmoothing },
    perturb: async (_model, x) => x.clone(),
    loss: (model, _x, adversarial, target) =>
      softCrossEntropy(model.forward(adversarial, modes.update), target, labelSmoothing),
  };
}
