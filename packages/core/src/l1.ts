import {
  abs,
  argMax,
  lessEqual,
  max,
  minimum,
  mul,
  oneHot,
  relu,
  reshape,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { fillBall, nearest } from './ball-and-box';
import type { Norm } from './norm';
import { exponential, signs } from './random';
import { signOf } from './sign-of';

const total = <T extends Tensor>(x: Tensor, keepDims: boolean) => sum<T>(abs(x), [1, 2, 3], keepDims);

/** The sum of absolute entries. Dual norm: linf, so the steepest direction is one pixel's. */
export const l1: Norm = {
  name: 'l1',
  size: (delta) => tidy(() => total(delta, false)),
  steepest: (g) =>
    tidy(() => {
      const flat = reshape(g, [g.shape[0], -1]);
      const largest = oneHot(argMax(abs(flat), 1), flat.shape[1] as number);
      return reshape(mul(signOf(flat), largest), g.shape);
    }),
  // The nearest point moves each pixel by its own size less one threshold, within its room; the largest size always fits.
  project: (x, center, eps, bounds) =>
    nearest(x, center, bounds, (size, room) => {
      const shrunk = (threshold: Tensor) => minimum(relu(sub(size, threshold)), room);
      return {
        inside: max(size, [1, 2, 3], true),
        outside: 0,
        shrunk,
        fits: (moved) => lessEqual(total(moved, true), eps),
      };
    }),
  sample: (eps, item, key) =>
    fillBall(
      eps,
      item,
      key,
      (k, length) => {
        const sign = signs({ ...k, stream: `${k.stream}/signs` }, length);
        return exponential(k, length).map((each, i) => each * sign[i]);
      },
      (direction) => direction.reduce((sum, each) => sum + Math.abs(each), 0),
    ),
};
