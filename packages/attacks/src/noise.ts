import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  type NormName,
  norms,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import { add, div, maximum, mul, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Targets } from './aim';
import { ballRules, targetsAsJson } from './ball-options';
import { drawInside } from './inside-ball';
import { asQueryValue, queryAttack } from './query/query-attack';
import type { Search } from './query/search';
import { perImage } from './rows';

export interface NoiseAttackOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Images tried of each example. Default 100 (ours). */
  queries?: number;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface NoiseOptions extends NoiseAttackOptions, RunOptions {}

const { norm: normRule, eps: epsRule, targets: targetsRule } = ballRules;
const attackRules: Rules = { norm: normRule, eps: epsRule, targets: targetsRule, queries: integer({ min: 1 }) };

function resolved({ norm = 'linf', eps, queries = 100, targets }: NoiseAttackOptions) {
  return { norm, eps, queries, ...targetsAsJson(targets) };
}

const tiny = 1e-30;

/** Images as far away as eps allows, in directions uniform in the ball, brought back inside the bounds. */
function noiseSearch(
  item: readonly [number, number, number],
  { norm, eps, queries }: ReturnType<typeof resolved>,
  bounds: Classifier['bounds'],
  seed: number,
): Search {
  const { sample, size, project } = norms[norm];
  return {
    queries,
    begin: () => ({}),
    draw: (query, index) => ({ direction: sample(1, item, { seed, index, stream: `noise/${query}` }) }),
    propose({ center, noise }) {
      const direction = noise.direction as Tensor4D;
      const delta = mul<Tensor4D>(direction, perImage(div(eps, maximum(size(direction), tiny))));
      return project(add(center, delta), center, eps, bounds);
    },
    learn: () => ({}),
  };
}

/**
 * Random noise of size eps, again and again: no attack, but the floor under all of them. An attack that breaks no more than
 * noise does is broken itself, or gradients are masked; a classifier that noise breaks needs no attack.
 *
 * `P(x + eps u / |u|)` with `u` uniform in the unit ball and `P` the projection onto ball and box. Labels
 * suffice.
 *
 * @param f a classifier, or a black box of any output
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. At most `queries + 2` forward passes, no backward
 * @throws TypeError, RangeError, ShapeError for options and examples; ModelError for answers that are not finite; the
 * signal's reason
 * @example
 * const { broken } = await noise(f, x, y, { eps: 8 / 255 });
 */
export async function noise(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: NoiseOptions,
): Promise<AttackResult> {
  checkOptions('noise', options, { ...attackRules, ...runRules });
  const all = resolved(options);
  const { norm, eps, targets } = all;
  const [, ...item] = x.shape;
  const search = noiseSearch(item, all, f.bounds, options.seed ?? 0);
  const confine = (found: Float32Array, center: Float32Array) => drawInside(norm, found, center, eps);
  return queryAttack('noise', f, x, y, { needs: 'labels', loss: 'margin', targets, search, confine }, options);
}

/** {@link noise} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function noiseAttack(options: NoiseAttackOptions): Attack {
  checkOptions('noiseAttack', options, attackRules);
  const all = resolved(options);
  return asQueryValue({ name: 'noise', needs: 'labels', norm: all.norm }, noise, all);
}
