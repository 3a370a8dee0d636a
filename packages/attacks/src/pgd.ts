import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  type NormName,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LossName, Targets } from './aim';
import { ascentStep, uniformStart } from './ascent/ascent-step';
import type { Ascent } from './ascent/climb';
import { asValue, type GradientAttackPlan, gradientAttack } from './ascent/gradient-attack';
import { ballRules, targetsAsJson } from './ball-options';
import { madryStepSize } from './projected-ascent';

export interface PgdAttackOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Steps of each restart. Default 40 (Madry et al. 2018 on MNIST; foolbox 3.3 in linf). */
  steps?: number;
  /** Size of one step, in the norm. Default `2.5 * eps / steps` (robustness library of Madry's lab). */
  stepSize?: number;
  /** Starts tried, each on the examples that are not broken yet. Default 1. */
  restarts?: number;
  /** `uniform` in the ball, cut to the box (default, Madry et al. 2018), or `zero`: the clean image. */
  start?: 'uniform' | 'zero';
  /** What is ascended: cross entropy (default), the logit margin, or the difference of logits ratio. */
  loss?: LossName;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface PgdOptions extends PgdAttackOptions, RunOptions {}

type Whole = Required<Omit<PgdAttackOptions, 'targets'>> & Pick<GradientAttackPlan, 'targets' | 'rivals'>;

export const pgdRules: Rules = {
  ...ballRules,
  steps: integer({ min: 1 }),
  stepSize: number({ min: 0 }),
  restarts: integer({ min: 1 }),
  start: oneOf('uniform', 'zero'),
};

function resolved({
  norm = 'linf',
  eps,
  steps = 40,
  restarts = 1,
  start = 'uniform',
  loss = 'ce',
  ...rest
}: PgdAttackOptions) {
  const { stepSize = madryStepSize(eps, steps), targets } = rest;
  return { norm, eps, steps, stepSize, restarts, start, loss, ...targetsAsJson(targets) };
}

/** Moves of steepest ascent, all of one size. */
export function steadyAscent(steps: number, way: Parameters<typeof ascentStep>[3]): Ascent {
  return {
    steps,
    countsFrom: 0,
    next: ({ x, center, gradient }) => ({ x: ascentStep(x, center, gradient, way), memory: {} }),
  };
}

/**
 * Projected gradient descent (on the margin of the defender, so an ascent of the loss):
 * `x <- P(x + m)` with `m` the steepest move of size `stepSize` within the bounds and `P` the projection onto ball and box.
 *
 * An example is broken as soon as an iterate is, and leaves; of the others the iterate of the smallest margin is returned.
 * In l1 and l2 the moves spend no length on pixels that are at their bound, so that they are longer than the textbook's
 * near the bounds; in l1 they go to the few pixels of the largest gradient (Tramèr and Boneh 2019 found those stronger).
 *
 * Madry et al., Towards deep learning models resistant to adversarial attacks (ICLR 2018).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. 1 + restarts x (steps + 1) + 1 forward passes at most, one backward per step
 * @throws TypeError, RangeError, ShapeError for options and examples; ModelError for a black box or logits that are not
 * finite; the signal's reason
 * @example
 * const { broken, x: adversarial } = await pgd(f, x, y, { eps: 8 / 255, steps: 20, restarts: 5 });
 */
export async function pgd(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: PgdOptions,
): Promise<AttackResult> {
  checkOptions('pgd', options, { ...pgdRules, ...runRules });
  return gradientAttack('pgd', f, x, y, pgdPlan(resolved(options), f), options);
}

/** PGD as the gradient attack that it is, be it away from the label or towards one class after another. */
export function pgdPlan(
  { steps, stepSize, start, ...rest }: Whole,
  { bounds }: Pick<Classifier, 'bounds'>,
): GradientAttackPlan {
  const { norm, eps } = rest;
  return {
    ...rest,
    ascent: steadyAscent(steps, { norm, eps, stepSize, bounds }),
    start: ({ center }, restart, key) =>
      start === 'zero'
        ? center.clone()
        : uniformStart(center, { norm, eps, bounds }, { ...key, stream: `pgd/start/${restart}` }),
  };
}

/** {@link pgd} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function pgdAttack(options: PgdAttackOptions): Attack {
  checkOptions('pgdAttack', options, pgdRules);
  return asValue('pgd', pgd, resolved(options));
}
