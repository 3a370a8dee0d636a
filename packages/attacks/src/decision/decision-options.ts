import { integer, type NormName, number, type Rule, type Rules, ShapeError } from '@agoge/core';
import { Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { type Targets, targetsRule } from '../aim';
import { drawInside, sizeOf } from '../inside-ball';

/** What attacks that see labels alone share: they look for the nearest broken image. */
export interface DecisionOptions {
  /**
   * Radius within which it is enough: examples leave there, and others count as unbroken, their images drawn inside. Default:
   * none, any broken image counts, however far.
   */
  eps?: number;
  /** Images of uniform noise tried to find a first broken one. Default 100 (ART 1.20; HopSkipJump's authors: 10000); who finds none is given up. */
  tries?: number;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}

/** The rules of {@link DecisionOptions}. */
export const decisionRules: Rules = { eps: number({ min: 0 }), tries: integer({ min: 1 }), targets: targetsRule };

/** The rule of images to start from. */
export const startRule: Rule = {
  expected: 'a tensor of images',
  test: (value) => (value instanceof Tensor ? 'ok' : 'kind'),
};

export function checkStart(who: string, start: Tensor4D | undefined, x: Tensor4D): void {
  if (!start || start.shape.join() === x.shape.join()) return;
  throw new ShapeError(who, 'start', `[${x.shape.join(', ')}]`, start.shape);
}

/** Measures what was found; draws it inside the ball, where there is one. */
export const confineTo =
  (norm: NormName, eps: number | undefined) =>
  (x: Float32Array, center: Float32Array): number =>
    eps === undefined ? sizeOf(norm, x, center) : drawInside(norm, x, center, eps);
