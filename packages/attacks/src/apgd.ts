import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  type Rule,
  type Rules,
  type RunOptions,
  runRules,
  ShapeError,
} from '@agoge/core';
import { Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LossName, Targets } from './aim';
import { type ApgdSteps, apgdPlan, apgdRules, checkSchedule, resolvedSteps } from './apgd/plan';
import { asValue, gradientAttack } from './ascent/gradient-attack';
import { targetsAsJson } from './ball-options';

export interface ApgdAttackOptions extends ApgdSteps {
  /** Starts tried, each on the examples that are not broken yet. Default 1 (AutoAttack; 5 there in l1). */
  restarts?: number;
  /**
   * What is ascended: cross entropy (default), the logit margin, or the difference of logits ratio, which needs 3 classes, 4
   * with targets: with fewer the margin stands in for it.
   */
  loss?: LossName;
  /**
   * In l1, `shrinking`: 3 eps, 2 eps, then eps, for 30, 30 and 40 % of the steps (AutoAttack does so in l1). Default
   * `constant`.
   */
  epsSchedule?: 'constant' | 'shrinking';
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}

export interface ApgdOptions extends Omit<ApgdAttackOptions, 'start'>, RunOptions {
  /** As of {@link ApgdAttackOptions}, or images to start from (projected onto the ball first); restarts are random. */
  start?: 'random' | 'zero' | Tensor4D;
}

const startRule: Rule = {
  expected: 'one of "random", "zero" or a tensor of images',
  test: (value) => (value instanceof Tensor ? 'ok' : apgdRules.start.test(value)),
};

function check(who: string, options: ApgdOptions, rules: Rules): void {
  checkOptions(who, options, rules);
  checkSchedule(who, options);
}

function resolved({ restarts = 1, loss = 'ce', epsSchedule = 'constant', targets, ...rest }: ApgdAttackOptions) {
  return { ...resolvedSteps(rest), restarts, loss, epsSchedule, ...targetsAsJson(targets) };
}

/**
 * Auto-PGD: projected gradient ascent with momentum that finds its step sizes itself, so that there is nothing to tune.
 *
 * In linf and l2 steps of `2 eps`, halved when progress stops, and back to the best point; in l1 sparse steps whose
 * sparsity follows the best point. Steps and checkpoints are those of the authors' code, and so is all else with `variant:
 * 'reference'`.
 *
 * An example is broken as soon as an iterate is, and leaves; of the others the iterate of the smallest margin is returned.
 *
 * Croce and Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks (ICML
 * 2020); Mind the box: l1-APGD for sparse adversarial attacks (ICML 2021).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. 1 + restarts x (steps x eotSamples + 1) + 1 forward passes at most, eotSamples
 * backwards per step; two steps more with the shrinking schedule
 * @throws as {@link pgd}
 * @example
 * const { broken } = await apgd(f, x, y, { norm: 'l2', eps: 0.5 });
 */
export async function apgd(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: ApgdOptions,
): Promise<AttackResult> {
  check('apgd', options, { ...apgdRules, start: startRule, ...runRules });
  const { start, ...others } = options;
  if (start instanceof Tensor && start.shape.join() !== x.shape.join()) {
    throw new ShapeError('apgd', 'start', `[${x.shape.join(', ')}]`, start.shape);
  }
  const images = start instanceof Tensor ? start : undefined;
  const named = resolved({ ...others, start: start instanceof Tensor ? 'random' : start });
  return gradientAttack('apgd', f, x, y, apgdPlan(named, f, images), options);
}

/** {@link apgd} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function apgdAttack(options: ApgdAttackOptions): Attack {
  check('apgdAttack', options, apgdRules);
  return asValue('apgd', apgd, resolved(options));
}
