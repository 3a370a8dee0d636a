import {
  type Attack,
  type AttackResult,
  type BlackBox,
  boolean,
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
import { ballRules, targetsAsJson } from './ball-options';
import { drawInside } from './inside-ball';
import { asQueryValue, queryAttack } from './query/query-attack';
import { bumpSearch } from './square/bump-search';
import { cornerSearch } from './square/corner-search';
import { offsets } from './square/place';

export interface SquareAttackOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Queries after that for the first image. Default 5000 (AutoAttack). */
  queries?: number;
  /** Share of the pixels that the first squares cover. Default 0.8 (AutoAttack; the paper's own varies with the data). */
  share?: number;
  /**
   * Whether the share shrinks in step with `queries` as in 10,000 queries (the paper's code). Default false (AutoAttack): it
   * shrinks after fixed numbers of queries.
   */
  rescale?: boolean;
  /** What is ascended: the logit margin (default, AutoAttack), cross entropy, or the difference of logits ratio. */
  loss?: LossName;
  /** `whole` (default): squares may lie anywhere; `reference`: never at the last place, as in the authors' code. */
  variant?: 'whole' | 'reference';
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface SquareOptions extends SquareAttackOptions, RunOptions {}

const attackRules: Rules = {
  ...ballRules,
  queries: integer({ min: 1 }),
  share: number({ above: 0, max: 1 }),
  rescale: boolean,
  variant: oneOf('whole', 'reference'),
};

function resolved({ norm = 'linf', eps, queries = 5000, share = 0.8, ...rest }: SquareAttackOptions) {
  const { rescale = false, loss = 'margin', variant = 'whole', targets } = rest;
  return { norm, eps, queries, share, rescale, loss, variant, ...targetsAsJson(targets) };
}

/**
 * Square: random search with squares that shrink, for models that tell scores alone, and a check on gradients that mislead.
 *
 * In linf, from stripes, a square takes one sign of eps in each channel; in l2 and l1, from a grid of bumps, one window gives
 * its part of the perturbation to a bump in another. What raises the loss stays. Images need not be square.
 *
 * Squares are drawn for each example by itself, by (seed, example), as in the authors' first code; AutoAttack's draws one for
 * the whole batch, so that its outcomes hang on the batch.
 *
 * Andriushchenko et al., Square Attack: a query-efficient black-box adversarial attack via random search (ECCV 2020); in l1
 * Croce and Hein, Mind the box (ICML 2021).
 *
 * @param f a classifier, or a black box that tells logits or probabilities
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. At most `queries + 3` forward passes, no backward
 * @throws TypeError, RangeError, ShapeError for options and examples; ModelError for a black box that tells labels alone, and
 * for answers that are not finite; the signal's reason
 * @example
 * const { broken, forwards } = await square(f, x, y, { eps: 8 / 255, queries: 1000 });
 */
export async function square(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: SquareOptions,
): Promise<AttackResult> {
  checkOptions('square', options, { ...attackRules, ...runRules });
  const { norm, eps, variant, loss, targets, ...rest } = resolved(options);
  const [, height, width, channels] = x.shape;
  const item = [height, width, channels] as const;
  const common = { ...rest, eps, bounds: f.bounds, offset: offsets[variant], seed: options.seed ?? 0 };
  const search = norm === 'linf' ? cornerSearch(item, common) : bumpSearch(norm, item, common);
  const confine = (found: Float32Array, center: Float32Array) => drawInside(norm, found, center, eps);
  return queryAttack('square', f, x, y, { needs: 'scores', loss, targets, search, confine }, options);
}

/** {@link square} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function squareAttack(options: SquareAttackOptions): Attack {
  checkOptions('squareAttack', options, attackRules);
  const all = resolved(options);
  return asQueryValue({ name: 'square', needs: 'scores', norm: all.norm }, square, all);
}
