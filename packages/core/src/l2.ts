import { div, lessEqual, maximum, minimum, mul, sqrt, square, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { fillBall, nearest } from './ball-and-box';
import type { Norm } from './norm';
import { normal } from './random';

/** Below this a gradient has no direction (as in AutoAttack's reference code). */
const tiny = 1e-12;
const euclidean = <T extends Tensor>(x: Tensor, keepDims: boolean) => sqrt(sum<T>(square(x), [1, 2, 3], keepDims));

/** The Euclidean norm; its own dual. */
export const l2: Norm = {
  name: 'l2',
  size: (delta) => tidy(() => euclidean(delta, false)),
  steepest: (g) => tidy(() => div(g, maximum(euclidean(g, true), tiny))),
  // The nearest point is clip(center + s delta) for the largest s <= 1 that is inside the ball; eps / |delta| always is.
  project: (x, center, eps, bounds) =>
    nearest(x, center, bounds, (size, room) => {
      const inside = minimum(div(eps, maximum(euclidean(size, true), tiny)), 1);
      const shrunk = (s: Tensor) => minimum(mul(size, s), room);
      return { inside, outside: 1, shrunk, fits: (moved) => lessEqual(euclidean(moved, true), eps) };
    }),
  sample: (eps, item, key) =>
    fillBall(eps, item, key, normal, (direction) => Math.sqrt(direction.reduce((sum, each) => sum + each * each, 0))),
};
