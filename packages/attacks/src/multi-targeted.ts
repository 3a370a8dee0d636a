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
import { asValue, gradientAttack } from './ascent/gradient-attack';
import { type PgdAttackOptions, pgdPlan, pgdRules } from './pgd';
import { madryStepSize } from './projected-ascent';

export interface MultiTargetedAttackOptions extends Omit<PgdAttackOptions, 'restarts' | 'loss' | 'targets'> {
  /** Starts tried for each class, each on the examples that are not broken yet. Default 1. */
  restarts?: number;
  /** Classes that are gone for, those of the largest logits on the clean image first. Default 1000, all there are. */
  rivals?: number;
}
export interface MultiTargetedOptions extends MultiTargetedAttackOptions, RunOptions {}

const { loss: _loss, targets: _targets, ...shared } = pgdRules;
const attackRules: Rules = { ...shared, rivals: integer({ min: 1 }) };

function resolved({ norm = 'linf', eps, steps = 40, restarts = 1, ...rest }: MultiTargetedAttackOptions) {
  const { stepSize = madryStepSize(eps, steps), start = 'uniform', rivals = 1000 } = rest;
  return { norm, eps, steps, stepSize, restarts, start, rivals };
}

/**
 * MultiTargeted: {@link pgd} on the difference of the logits of one other class and of the label, `z_t - z_y`, for one class
 * `t` after another; whatever class an iterate falls to, the example is broken.
 *
 * Gowal et al., An alternative surrogate loss for PGD-based adversarial testing (2019).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. 1 + classes x restarts x (steps + 1) + 1 forward passes at most, one backward per
 * step, where `classes` are the other classes or `rivals`, whichever are fewer
 * @throws as {@link pgd}
 * @example
 * const { broken } = await multiTargeted(f, x, y, { eps: 8 / 255, steps: 20 });
 */
export async function multiTargeted(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: MultiTargetedOptions,
): Promise<AttackResult> {
  checkOptions('multiTargeted', options, { ...attackRules, ...runRules });
  return gradientAttack('multiTargeted', f, x, y, pgdPlan({ ...resolved(options), loss: 'margin' }, f), options);
}

/** {@link multiTargeted} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function multiTargetedAttack(options: MultiTargetedAttackOptions): Attack {
  checkOptions('multiTargetedAttack', options, attackRules);
  return asValue('multiTargeted', multiTargeted, resolved(options));
}
