import {
  abs,
  add,
  clipByValue,
  max,
  maximum,
  minimum,
  sub,
  type Tensor1D,
  type Tensor4D,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Norm } from './norm';
import { perExample, uniform } from './random';
import { signOf } from './sign-of';

/** The largest absolute entry. Dual norm: l1, so the steepest direction is the sign. */
export const linf: Norm = {
  name: 'linf',
  size: (delta) => tidy(() => max<Tensor1D>(abs(delta), [1, 2, 3])),
  steepest: signOf,
  project: (x, center, eps, [low, high]) =>
    tidy(() => clipByValue(minimum<Tensor4D>(maximum(x, sub(center, eps)), add(center, eps)), low, high)),
  sample(eps, item, { seed, index, stream }) {
    const length = item.reduce((product, each) => product * each, 1);
    const values = perExample((key, n) => uniform(key, n, -eps, eps), { seed, stream }, index, length);
    return tensor4d(values, [index.length, ...item]);
  },
};
