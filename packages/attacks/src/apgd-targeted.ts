import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LossName } from './aim';
import { type ApgdSteps, apgdPlan, apgdRules, checkSchedule, resolvedSteps } from './apgd/plan';
import { asValue, gradientAttack } from './ascent/gradient-attack';

export interface ApgdTargetedAttackOptions extends ApgdSteps {
  /**
   * Classes that are gone for, one after another, in order of their logits on the clean image; all others where there are
   * fewer. Default 9, in l1 5 (AutoAttack).
   */
  rivals?: number;
  /** Starts tried for each of them, each on the examples that are not broken yet. Default 1 (AutoAttack). */
  restarts?: number;
  /**
   * What is ascended: the targeted difference of logits ratio (default, AutoAttack), which needs 4 classes: with fewer the
   * margin stands in for it; the margin of the target over the label; or the target's cross entropy, descended.
   */
  loss?: LossName;
  /** In l1, `shrinking`: 3 eps, 2 eps, then eps, for 30, 30 and 40 % of the steps; the default there (AutoAttack). */
  epsSchedule?: 'constant' | 'shrinking';
}
export interface ApgdTargetedOptions extends ApgdTargetedAttackOptions, RunOptions {}

const { targets: _, ...shared } = apgdRules;
const attackRules: Rules = { ...shared, rivals: integer({ min: 1 }) };

function check(who: string, options: ApgdTargetedOptions, rules: Rules): void {
  checkOptions(who, options, rules);
  checkSchedule(who, options);
}

function resolved({ restarts = 1, loss = 'dlr', ...rest }: ApgdTargetedAttackOptions) {
  const isSparse = rest.norm === 'l1';
  const { rivals = isSparse ? 5 : 9, epsSchedule = isSparse ? 'shrinking' : 'constant', ...steps } = rest;
  return { ...resolvedSteps(steps), rivals, restarts, loss, epsSchedule };
}

/**
 * {@link apgd} towards one class after another, those of the largest logits on the clean image: APGD-T of AutoAttack, its
 * strongest part.
 *
 * Whatever class an iterate falls to, the example is broken and leaves; of the others the iterate of the smallest margin is
 * returned.
 *
 * Croce and Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks (ICML
 * 2020), §4.2; Mind the box: l1-APGD for sparse adversarial attacks (ICML 2021).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. 1 + rivals x restarts x (steps x eotSamples + 1) + 1 forward passes at most,
 * eotSamples backwards per step; two steps more with the shrinking schedule
 * @throws as {@link pgd}
 * @example
 * const { broken } = await apgdTargeted(f, x, y, { eps: 8 / 255 });
 */
export async function apgdTargeted(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: ApgdTargetedOptions,
): Promise<AttackResult> {
  check('apgdTargeted', options, { ...attackRules, ...runRules });
  return gradientAttack('apgdTargeted', f, x, y, apgdPlan(resolved(options), f), options);
}

/** {@link apgdTargeted} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function apgdTargetedAttack(options: ApgdTargetedAttackOptions): Attack {
  check('apgdTargetedAttack', options, attackRules);
  return asValue('apgdTargeted', apgdTargeted, resolved(options));
}
