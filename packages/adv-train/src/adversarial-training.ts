import { crossEntropy, projectedAscent } from '@agoge/attacks';
import { modes, type Objective, oneOf } from '@agoge/core';
import { softCrossEntropy } from './cross-entropy';
import { craftMode, type InnerAscentOptions, innerAscent, smoothingRule } from './inner-ascent';

export interface AdversarialTrainingOptions extends InnerAscentOptions {
  /** `uniform` in the ball, drawn into the bounds (default; Madry et al. 2018), or `zero`: the clean image. */
  start?: 'uniform' | 'zero';
  /** Share of the uniform distribution in the targets. Default 0; Pang et al. 2021 find up to 0.2 useful. */
  labelSmoothing?: number;
}

/**
 * Adversarial training on PGD's images: `min_w E max_{|d| <= eps} CE(f_w(x + d), y)`.
 *
 * The inner maximum by `steps` of projected ascent of the cross entropy; the update sees the adversarial images only.
 *
 * Madry et al., Towards deep learning models resistant to adversarial attacks (ICLR 2018).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = adversarialTraining({ eps: 8 / 255 });
 */
export function adversarialTraining(options: AdversarialTrainingOptions): Objective {
  const rules = { start: oneOf('uniform', 'zero'), labelSmoothing: smoothingRule };
  const { statistics, ...ascent } = innerAscent('adversarialTraining', options, rules);
  const { start = 'uniform', labelSmoothing = 0 } = options;
  return {
    name: 'adversarialTraining',
    options: { ...ascent, statistics, start, labelSmoothing },
    perturb: (model, x, y, run) =>
      projectedAscent(model.classifier(craftMode(statistics)), x, (logits) => crossEntropy(logits, y), {
        ...ascent,
        ...run,
        start,
      }),
    loss: (model, _x, adversarial, target) =>
      softCrossEntropy(model.forward(adversarial, modes.update), target, labelSmoothing),
  };
}
