import { checkOptions, integer, modes, number, type Objective, required, signOf } from '@agoge/core';
import {
  add,
  clipByValue,
  greaterEqual,
  lessEqual,
  logicalAnd,
  mul,
  type Tensor4D,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { softCrossEntropy } from './cross-entropy';
import { smoothingRule } from './label-smoothing';

export interface FreeAdversarialTrainingOptions {
  /** Radius of the l-infinity ball in pixel units. No default: it is the threat that the model is trained against. */
  eps: number;
  /** Steps on each batch, one after another. Default 8 (source, CIFAR-10; ImageNet: 4). */
  replays?: number;
  /** Size of the perturbation's step. Default `eps` (source). */
  stepSize?: number;
  /** Share of the uniform distribution in the targets. Default 0. */
  labelSmoothing?: number;
}

/**
 * Free adversarial training: each batch is trained on `replays` times in a row, and the backward pass of each step moves weights
 * and perturbation at once:
 *
 *     g_w, g_d = gradients of CE(f_w(clip(x + d)), y)
 *     d <- clip(d + stepSize sign(g_d), -eps, eps)
 *
 * The perturbation is 0 at first and goes on from step to step and from batch to batch, by the place in the batch; where `x + d`
 * leaves the bounds, its gradient is 0. As in the source, N epochs of ordinary training are N / replays here: `epochs` counts how
 * often the data are gone through, and the schedule all steps. Outside our loop, where nothing keeps a perturbation, `perturb` gives
 * the clean images.
 *
 * Shafahi, Najibi, Ghiasi, Xu, Dickerson, Studer, Davis, Taylor, Goldstein, Adversarial training for free! (NeurIPS 2019),
 * algorithm 1.
 *
 * @throws TypeError, RangeError for options
 * @example
 * await fit(model, data, { objective: freeAdversarialTraining({ eps: 8 / 255 }), epochs: 200 / 8 });
 */
export function freeAdversarialTraining(options: FreeAdversarialTrainingOptions): Objective {
  checkOptions('freeAdversarialTraining', options, {
    eps: required(number({ min: 0 })),
    replays: integer({ min: 1 }),
    stepSize: number({ min: 0 }),
    labelSmoothing: smoothingRule,
  });
  const { eps, replays = 8, stepSize = eps, labelSmoothing = 0 } = options;
  return {
    name: 'freeAdversarialTraining',
    options: { eps, replays, stepSize, labelSmoothing },
    replays,

    perturb: async ({ bounds }, x, _y, { perturbation }) =>
      perturbation ? tidy(() => clipByValue(add<Tensor4D>(x, perturbation), bounds[0], bounds[1])) : x.clone(),

    loss: (model, _x, adversarial, target) =>
      softCrossEntropy(model.forward(adversarial, modes.update), target, labelSmoothing),

    advance: (x, perturbation, gradient, [low, high]) =>
      tidy(() => {
        const moved = add<Tensor4D>(x, perturbation);
        const isInside = logicalAnd(greaterEqual(moved, low), lessEqual(moved, high));
        const g = where(isInside, gradient, zerosLike(gradient));
        return clipByValue(add<Tensor4D>(perturbation, mul(signOf(g), stepSize)), -eps, eps);
      }),
  };
}
