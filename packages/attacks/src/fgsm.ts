import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  type NormName,
  type RunOptions,
  runRules,
} from '@agoge/core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LossName, Targets } from './aim';
import { asValue, gradientAttack } from './ascent/gradient-attack';
import { ballRules, targetsAsJson } from './ball-options';
import { steadyAscent } from './pgd';

export interface FgsmAttackOptions {
  /** Norm of the ball. Default `linf` (the fast gradient *sign* method). */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** What is ascended: cross entropy (default), the logit margin, or the difference of logits ratio. */
  loss?: LossName;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface FgsmOptions extends FgsmAttackOptions, RunOptions {}

function resolved({ norm = 'linf', eps, loss = 'ce', targets }: FgsmAttackOptions) {
  return { norm, eps, loss, ...targetsAsJson(targets) };
}

/**
 * The fast gradient method: the largest step there is, once, along the gradient at the clean image.
 *
 * In linf `clip(x + eps * sign(g))`; in l2 and l1 the exact maximum, over ball and box, of the loss made linear, so that no
 * length is lost on pixels at their bound (the textbook's `x + eps * g / |g|`, then cut, falls short there).
 *
 * Goodfellow et al., Explaining and harnessing adversarial examples (ICLR 2015). A weak attack: it bounds robustness from
 * above loosely.
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. Four forward passes and one backward
 * @throws as {@link pgd}
 * @example
 * const { broken } = await fgsm(f, x, y, { eps: 8 / 255 });
 */
export async function fgsm(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: FgsmOptions,
): Promise<AttackResult> {
  checkOptions('fgsm', options, { ...ballRules, ...runRules });
  const { norm, eps, loss, targets } = resolved(options);
  const ascent = steadyAscent(1, { norm, eps, stepSize: eps, bounds: f.bounds });
  return gradientAttack('fgsm', f, x, y, { norm, eps, loss, targets, ascent }, options);
}

/** {@link fgsm} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function fgsmAttack(options: FgsmAttackOptions): Attack {
  checkOptions('fgsmAttack', options, ballRules);
  return asValue('fgsm', fgsm, resolved(options));
}
