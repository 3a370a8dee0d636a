import {
  type BlackBox,
  type Classifier,
  integer,
  type NormName,
  norms,
  number,
  oneOf,
  type Rules,
  said,
} from '@agoge/core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { fittingLoss, type LossName } from '../aim';
import type { Ascent } from '../ascent/climb';
import type { GradientAttackPlan } from '../ascent/gradient-attack';
import { ballRules } from '../ball-options';
import { rowsOf } from '../rows';
import { averagedSlope } from './averaged';
import { momentumAscent } from './momentum-ascent';
import { shrinkingStages } from './schedule';
import { sparseAscent } from './sparse-ascent';
import { randomStart } from './start';

/** The options that all forms of APGD share. */
export interface ApgdSteps {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Steps of each restart. Default 100 (AutoAttack). */
  steps?: number;
  /** Share of a window's steps that have to go up, or else the step size is halved; linf and l2. Default 0.75 (the paper). */
  rho?: number;
  /** `random` of size eps (default, AutoAttack), or `zero`: the clean image. */
  start?: 'random' | 'zero';
  /**
   * Evaluations that each loss and gradient are the mean of, for a classifier that answers at random (AutoAttack's
   * `eot_iter`: 20 in its version `rand`). Default 1. A classifier made by `eot` needs no more.
   */
  eotSamples?: number;
  /**
   * `reference` follows the authors' code to the letter, for comparisons with AutoAttack. `boxed` (default) minds the
   * bounds: in l2 it projects onto ball and box exactly, in l1 it passes over pixels that are at their bound, and it counts
   * the first window's steps right.
   */
  variant?: 'boxed' | 'reference';
}

type EpsSchedule = 'constant' | 'shrinking';

export const apgdRules: Rules = {
  ...ballRules,
  steps: integer({ min: 1 }),
  restarts: integer({ min: 1 }),
  rho: number({ min: 0, max: 1 }),
  start: oneOf('random', 'zero'),
  eotSamples: integer({ min: 1 }),
  epsSchedule: oneOf('constant', 'shrinking'),
  variant: oneOf('boxed', 'reference'),
};

export function checkSchedule(
  who: string,
  { norm = 'linf', epsSchedule }: { norm?: NormName; epsSchedule?: EpsSchedule },
): void {
  if (epsSchedule !== 'shrinking' || norm === 'l1') return;
  throw said(new RangeError(`${who}: epsSchedule "shrinking" is for norm "l1", got norm "${norm}"`));
}

export function resolvedSteps({ norm = 'linf', eps, steps = 100, rho = 0.75, start = 'random', ...rest }: ApgdSteps) {
  const { eotSamples = 1, variant = 'boxed' } = rest;
  return { norm, eps, steps, rho, start, eotSamples, variant };
}

interface Whole extends Required<ApgdSteps>, Pick<GradientAttackPlan, 'restarts' | 'targets' | 'rivals'> {
  epsSchedule: EpsSchedule;
  loss: LossName;
}

/**
 * APGD as the gradient attack that it is.
 *
 * @param images where the first restart begins; by default as the option `start` says
 */
export function apgdPlan(
  { norm, eps, steps, rho, start, eotSamples, variant, epsSchedule, loss, ...rest }: Whole,
  { bounds, classes }: Classifier | BlackBox,
  images?: Tensor4D,
): GradientAttackPlan {
  const stages = epsSchedule === 'shrinking' ? shrinkingStages(eps, steps) : [{ eps, steps }];
  const widest = stages[0].eps;
  const ascent: Ascent =
    norm === 'l1'
      ? sparseAscent({ stages, bounds, variant, isWarm: stages.length > 1 || images !== undefined })
      : momentumAscent({ norm, eps, steps, rho, variant, bounds });
  const isTargeted = rest.targets !== undefined || rest.rivals !== undefined;
  return {
    ...{ norm, eps, ...rest, loss: fittingLoss(loss, isTargeted, classes) },
    ascent: { ...ascent, evaluate: (question) => averagedSlope(question, eotSamples) },
    start({ center, places }, restart, key) {
      if (images && restart === 0) {
        return norms[norm].project(rowsOf({ images }, places).images, center, widest, bounds);
      }
      if (start === 'zero') return center.clone();
      return randomStart(center, norm, widest, bounds, { ...key, stream: `apgd/start/${restart}` });
    },
  };
}
