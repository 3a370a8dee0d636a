import { bracket, signOf } from '@agoge/core';
import {
  abs,
  div,
  greater,
  lessEqual,
  max,
  maximum,
  minimum,
  mul,
  relu,
  sqrt,
  square,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { Distance } from './distance';
import { perImage } from './rows';

const tiny = 1e-12;
const total = (x: Tensor) => sum(x, [1, 2, 3], true);

const projections: Record<Distance, (delta: Tensor4D, radius: Tensor) => Tensor> = {
  linf: (delta, radius) => mul(signOf(delta), sub(abs(delta), relu(sub(abs(delta), radius)))),
  l2: (delta, radius) => mul(delta, minimum(div(radius, maximum(sqrt(total(square(delta))), tiny)), 1)),
  l1(delta, radius) {
    const size = abs(delta);
    const shrunk = (threshold: Tensor) => relu(sub(size, threshold));
    const highest = max(size, [1, 2, 3], true);
    const [threshold] = bracket(highest, mul(highest, 0), (each) => lessEqual(total(shrunk(each)), radius));
    const fits = lessEqual(total(size), radius);
    return where(fits, delta, mul(signOf(delta), shrunk(threshold)));
  },
  l0(delta, radius) {
    const size = abs(delta);
    const kept = (threshold: Tensor) => step(sub(size, threshold));
    const highest = max(size, [1, 2, 3], true);
    const [threshold] = bracket(highest, mul(highest, -1e-6), (each) => lessEqual(total(kept(each)), radius));
    return mul(delta, kept(threshold));
  },
};

/**
 * The nearest perturbations in balls of a radius for each example: cut, scaled, lessened by one threshold, or in l0 those of
 * the largest changes, all where they are equal or none.
 *
 * @param radius `[n]`
 */
export function intoBall(distance: Distance, delta: Tensor4D, radius: Tensor1D): Tensor4D {
  return tidy(() => projections[distance](delta, perImage(radius)) as Tensor4D);
}

/** The perturbation of each pixel to its farther bound: the longest there is. */
export function farthest(x: Tensor4D, [low, high]: readonly [number, number]): Tensor4D {
  return tidy(() => where(greater(sub(high, x), sub(x, low)), sub(high, x), sub(low, x)) as Tensor4D);
}

/** From `first` to `last` along half a cosine: at step `i` of `steps`, the last not reached. */
export const cosine = (first: number, last: number, i: number, steps: number): number =>
  last + ((first - last) * (1 + Math.cos((Math.PI * i) / steps))) / 2;
