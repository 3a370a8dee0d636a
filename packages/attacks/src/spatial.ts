import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import { clipByValue, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { type Targets, targetsRule } from './aim';
import { targetsAsJson } from './ball-options';
import { sizeOf } from './inside-ball';
import { drawAhead } from './query/draw-ahead';
import { asQueryValue, queryAttack } from './query/query-attack';
import type { Search } from './query/search';
import { type Pose, sampling, warped } from './spatial/warp';

export interface SpatialAttackOptions {
  /** Largest rotation either way, in degrees. Default 30 (the authors' code, foolbox 3.3). */
  maxRotation?: number;
  /** Largest shift in each direction, in pixels. Default 3 (the authors' code, foolbox 3.3), for images of about 30. */
  maxShift?: number;
  /** `grid` (default, foolbox 3.3): all of a grid of poses; `random` (the authors' code): some drawn at random. */
  poses?: 'grid' | 'random';
  /** Rotations of the grid. Default 31 (the authors' code; foolbox 3.3: 5). */
  rotations?: number;
  /** Shifts of the grid in each direction. Default 5 (the authors' code, foolbox 3.3). */
  shifts?: number;
  /** Poses drawn at random. Default 10 (the authors' code; foolbox 3.3: 100). */
  draws?: number;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface SpatialOptions extends SpatialAttackOptions, RunOptions {}

const attackRules: Rules = {
  maxRotation: number({ min: 0, max: 180 }),
  maxShift: number({ min: 0 }),
  poses: oneOf('grid', 'random'),
  rotations: integer({ min: 1 }),
  shifts: integer({ min: 1 }),
  draws: integer({ min: 1 }),
  targets: targetsRule,
};

function resolved({ maxRotation = 30, maxShift = 3, poses = 'grid', ...rest }: SpatialAttackOptions) {
  const { rotations = 31, shifts = 5, draws = 10, targets } = rest;
  return { maxRotation, maxShift, poses, rotations, shifts, draws, ...targetsAsJson(targets) };
}

/** So many numbers from `-most` to `most`, evenly spaced; 0 alone for one. */
const spread = (most: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (count === 1 ? 0 : most * ((2 * i) / (count - 1) - 1)));

function poseSearch(
  { maxRotation, maxShift, poses, rotations, shifts, draws }: ReturnType<typeof resolved>,
  item: readonly [number, number, number],
  [low, high]: Classifier['bounds'],
  seed: number,
): Search {
  const grid = spread(maxRotation, rotations).flatMap((rotation) =>
    spread(maxShift, shifts).flatMap((down) => spread(maxShift, shifts).map((right) => ({ rotation, down, right }))),
  );
  const numbers = drawAhead(3, { seed, stream: 'spatial' });
  const drawn = (query: number, index: Float64Array): Pose[] => {
    const rowOf = numbers(query, index);
    return Array.from(index, (_, row) => {
      const [rotation, down, right] = Array.from(rowOf(row), (u) => 2 * u - 1);
      return { rotation: rotation * maxRotation, down: down * maxShift, right: right * maxShift };
    });
  };
  return {
    queries: poses === 'grid' ? grid.length : draws,
    begin: () => ({}),
    draw: (query, index) =>
      sampling(poses === 'grid' ? Array.from(index, () => grid[query]) : drawn(query, index), item),
    propose: ({ center, noise }) => clipByValue(warped(center, noise, low), low, high),
    learn: () => ({}),
  };
}

/**
 * The spatial attack: the worst of rotations and shifts, all of a grid or some at random. No ball holds it: its norm is
 * `none`, and `distance` is Euclidean, for information.
 *
 * An image is rotated about its middle, shifted, and drawn anew by bilinear interpolation, with the lowest pixel around it. Gradients are of
 * little use here (the paper), so that none are taken; labels suffice.
 *
 * Engstrom et al., Exploring the landscape of spatial robustness (ICML 2019).
 *
 * @param f a classifier, or a black box of any output
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. At most `rotations x shifts^2 + 2` forward passes (or `draws + 2`), no backward
 * @throws TypeError, RangeError, ShapeError for options and examples; ModelError for answers that are not finite; the
 * signal's reason
 * @example
 * const { broken } = await spatial(f, x, y, { poses: 'random', draws: 10 });
 */
export async function spatial(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: SpatialOptions = {},
): Promise<AttackResult> {
  checkOptions('spatial', options, { ...attackRules, ...runRules });
  const all = resolved(options);
  const [, ...item] = x.shape;
  const search = poseSearch(all, item, f.bounds, options.seed ?? 0);
  const confine = (found: Float32Array, center: Float32Array) => sizeOf('l2', found, center);
  const plan = { needs: 'labels', loss: 'margin', targets: all.targets, search, confine } as const;
  return queryAttack('spatial', f, x, y, plan, options);
}

/** {@link spatial} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function spatialAttack(options: SpatialAttackOptions = {}): Attack {
  checkOptions('spatialAttack', options, attackRules);
  return asQueryValue({ name: 'spatial', needs: 'labels', norm: 'none' }, spatial, resolved(options));
}
