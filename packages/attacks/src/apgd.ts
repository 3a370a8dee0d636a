import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  type NormName,
  norms,
  number,
  oneOf,
  type Rule,
  type Rules,
  type RunOptions,
  runRules,
  ShapeError,
  said,
} from '@agoge/core';
import { Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LossName, Targets } from './aim';
import { momentumAscent } from './apgd/momentum-ascent';
import { shrinkingStages } from './apgd/schedule';
import { sparseAscent } from './apgd/sparse-ascent';
import { randomStart } from './apgd/start';
import { ballRules, targetsAsJson } from './ball-options';
import type { Ascent } from './climb';
import { asValue, type GradientAttackPlan, gradientAttack } from './gradient-attack';
import { rowsOf } from './rows';

export interface ApgdAttackOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Steps of each restart. Default 100 (AutoAttack). */
  steps?: number;
  /** Starts tried, each on the examples that are not broken yet. Default 1 (AutoAttack; 5 there in l1). */
  restarts?: number;
  /** Share of a window's steps that have to go up, or else the step size is halved; linf and l2. Default 0.75 (the paper). */
  rho?: number;
  /** `random` of size eps (default, AutoAttack), or `zero`: the clean image. */
  start?: 'random' | 'zero';
  /** What is ascended: cross entropy (default), the logit margin, or the difference of logits ratio. */
  loss?: LossName;
  /**
   * In l1, `shrinking`: 3 eps, 2 eps, then eps, for 30, 30 and 40 % of the steps (AutoAttack does so in l1). Default
   * `constant`.
   */
  epsSchedule?: 'constant' | 'shrinking';
  /**
   * `reference` follows the authors' code to the letter, for comparisons with AutoAttack. `boxed` (default) minds the
   * bounds: in l2 it projects onto ball and box exactly, in l1 it passes over pixels that are at their bound, and it counts
   * the first window's steps right.
   */
  variant?: 'boxed' | 'reference';
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}

export interface ApgdOptions extends Omit<ApgdAttackOptions, 'start'>, RunOptions {
  /** As of {@link ApgdAttackOptions}, or images to start from (projected onto the ball first); restarts are random. */
  start?: 'random' | 'zero' | Tensor4D;
}

const attackRules: Rules = {
  ...ballRules,
  steps: integer({ min: 1 }),
  restarts: integer({ min: 1 }),
  rho: number({ min: 0, max: 1 }),
  start: oneOf('random', 'zero'),
  epsSchedule: oneOf('constant', 'shrinking'),
  variant: oneOf('boxed', 'reference'),
};

const startRule: Rule = {
  expected: 'one of "random", "zero" or a tensor of images',
  test: (value) => (value instanceof Tensor ? 'ok' : attackRules.start.test(value)),
};

function check(who: string, options: ApgdOptions, rules: Rules): void {
  checkOptions(who, options, rules);
  const { norm = 'linf', epsSchedule } = options;
  if (epsSchedule === 'shrinking' && norm !== 'l1') {
    throw said(new RangeError(`${who}: epsSchedule "shrinking" is for norm "l1", got norm "${norm}"`));
  }
}

function resolved({ norm = 'linf', eps, ...rest }: ApgdAttackOptions) {
  const { steps = 100, restarts = 1, rho = 0.75, start = 'random', loss = 'ce' } = rest;
  const { epsSchedule = 'constant', variant = 'boxed', targets } = rest;
  return { norm, eps, steps, restarts, rho, start, loss, epsSchedule, variant, ...targetsAsJson(targets) };
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
 * @returns per example; the caller owns `x`. 1 + restarts x (steps + 1) + 1 forward passes at most, one backward per step;
 * two more of each with the shrinking schedule
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
  check('apgd', options, { ...attackRules, start: startRule, ...runRules });
  const { start, ...others } = options;
  if (start instanceof Tensor && start.shape.join() !== x.shape.join()) {
    throw new ShapeError('apgd', 'start', `[${x.shape.join(', ')}]`, start.shape);
  }
  const named = resolved({ ...others, start: start instanceof Tensor ? 'random' : start });
  const images = start instanceof Tensor ? start : undefined;
  return gradientAttack('apgd', f, x, y, planOf(named, images, f), options);
}

function planOf(
  { norm, eps, steps, restarts, rho, start, loss, epsSchedule, variant, targets }: ReturnType<typeof resolved>,
  images: Tensor4D | undefined,
  { bounds }: Classifier | BlackBox,
): GradientAttackPlan {
  const stages = epsSchedule === 'shrinking' ? shrinkingStages(eps, steps) : [{ eps, steps }];
  const widest = stages[0].eps;
  const ascent: Ascent =
    norm === 'l1'
      ? sparseAscent({ stages, bounds, variant, isWarm: stages.length > 1 || images !== undefined })
      : momentumAscent({ norm, eps, steps, rho, variant, bounds });
  return {
    ...{ norm, eps, loss, targets, restarts, ascent },
    start({ center, places }, restart, key) {
      if (images && restart === 0) {
        return norms[norm].project(rowsOf({ images }, places).images, center, widest, bounds);
      }
      if (start === 'zero') return center.clone();
      return randomStart(center, norm, widest, bounds, { ...key, stream: `apgd/start/${restart}` });
    },
  };
}

/** {@link apgd} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function apgdAttack(options: ApgdAttackOptions): Attack {
  check('apgdAttack', options, attackRules);
  return asValue('apgd', apgd, resolved(options));
}
