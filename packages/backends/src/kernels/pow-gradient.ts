import { equal, mul, Pow, pow, sub, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import type { GradientRepair } from '../kernel-repair';
import { summedTo } from './broadcast-gradient';

/** `d(x^n)/dx = n x^(n - 1)`, and 0 where n is 0 also at x = 0, of which tfjs's own makes NaN. */
export const powGradient: GradientRepair = {
  kernel: Pow,
  faults: ['nan-where-the-exponent-is-zero'],
  replace: (stock) => (dy, saved, attributes) => {
    const [base, exponent] = saved;
    return {
      ...stock(dy, saved, attributes),
      a() {
        const less = where(equal(exponent, 0), zerosLike(exponent), sub(exponent, 1));
        return summedTo(mul(dy as Tensor, mul(exponent, pow(base, less))), base.shape);
      },
    };
  },
};
