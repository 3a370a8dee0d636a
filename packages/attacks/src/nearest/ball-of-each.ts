import { type Bounds, bracket, norms } from '@agoge/core';
import {
  abs,
  add,
  clipByValue,
  greater,
  lessEqual,
  max,
  mul,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { Distance } from '../distance';
import { perImage } from '../rows';

const total = (x: Tensor) => sum(x, [1, 2, 3], true);

/**
 * The nearest images of balls and box, of a radius for each example: as the norm projects; in l0 those of the largest changes,
 * of equal ones all or none.
 *
 * @param radius `[n]`
 */
export function intoBall(
  distance: Distance,
  x: Tensor4D,
  center: Tensor4D,
  radius: Tensor1D,
  bounds: Bounds,
): Tensor4D {
  return tidy(() => {
    if (distance !== 'l0') return norms[distance].project(x, center, perImage(radius), bounds);
    const delta = sub(clipByValue(x, bounds[0], bounds[1]), center);
    const size = abs(delta);
    const kept = (threshold: Tensor) => step(sub(size, threshold));
    const highest = max(size, [1, 2, 3], true);
    const fits = (threshold: Tensor) => lessEqual(total(kept(threshold)), perImage(radius));
    const [threshold] = bracket(highest, mul(highest, -1e-6), fits);
    return add<Tensor4D>(center, mul(delta, kept(threshold)));
  });
}

/** The perturbation of each pixel to its farther bound: the longest there is. */
export function farthest(x: Tensor4D, [low, high]: Bounds): Tensor4D {
  return tidy(() => where(greater(sub(high, x), sub(x, low)), sub(high, x), sub(low, x)) as Tensor4D);
}

/** From `first` to `last` along half a cosine: at step `i` of `steps`, the last not reached. */
export const cosine = (first: number, last: number, i: number, steps: number): number =>
  last + ((first - last) * (1 + Math.cos((Math.PI * i) / steps))) / 2;
