import {
  type AttackResult,
  type BlackBox,
  type Classifier,
  integer,
  type NormName,
  number,
  type Rules,
  type RunOptions,
} from '@agoge/core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LossName, Targets } from '../aim';
import { ballRules } from '../ball-options';
import { drawInside } from '../inside-ball';
import { queryAttack } from '../query/query-attack';
import type { Rows } from '../rows';
import { type EstimatedAscentOptions, estimatedAscent } from './estimated-ascent';

/** What attacks along estimated gradients share. */
export interface EstimatedOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}

export const estimatedRules: Rules = {
  ...ballRules,
  steps: integer({ min: 1 }),
  pairs: integer({ min: 1 }),
  radius: number({ above: 0 }),
  stepSize: number({ min: 0 }),
};

interface Resolved extends EstimatedOptions {
  norm: NormName;
  steps: number;
  pairs: number;
  /** As a part of the range of pixels. */
  radius: number;
  loss: LossName;
}

/** Runs an attack along estimated gradients: what it draws as directions, and how it moves, is its own. */
export function estimatedAttack<Memory extends Rows>(
  who: string,
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  { norm, eps, steps, pairs, radius, loss, targets }: Resolved,
  way: Pick<EstimatedAscentOptions<Memory>, 'directions' | 'begin' | 'move'>,
  run: RunOptions,
): Promise<AttackResult> {
  const { bounds } = f;
  const [, ...item] = x.shape;
  const search = estimatedAscent({
    ...{ ...way, who, item, bounds, steps, pairs, seed: run.seed ?? 0 },
    radius: radius * (bounds[1] - bounds[0]),
  });
  const confine = (found: Float32Array, center: Float32Array) => drawInside(norm, found, center, eps);
  return queryAttack(who, f, x, y, { needs: 'scores', loss, targets, search, confine }, run);
}
