import { add, mul, neg, reciprocal, sigmoid, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { FusedRule } from './fused';

/**
 * `f(x) = x (s(a x) - b) / (1 - b)`, `s` the logistic function: the SiLU and all its parametric forms. Without `alpha`,
 * `a` is 1; without `beta`, `b` is 0; neither costs anything then.
 *
 * With `s = s(a x)`: `df/dx = (s - b + a x s (1 - s)) / (1 - b)`, `df/da = x^2 s (1 - s) / (1 - b)` and
 * `df/db = x (s - 1) / (1 - b)^2`.
 */
export const logisticGate: FusedRule<{ alpha?: Tensor; beta?: Tensor }> = {
  forward(x, { alpha: a, beta: b }) {
    const gate = sigmoid(a ? mul(x, a) : x);
    if (!b) {
      const open = mul(x, gate);
      return { value: open, saved: [gate, gate, open] };
    }
    const shifted = mul(sub(gate, b), stretch(b));
    return { value: mul(x, shifted), saved: [gate, shifted] };
  },
  slopes(x, [gate, shifted, open], { alpha: a, beta: b }) {
    const c = b && stretch(b);
    // x (1 - gate): exactly 0 where the gate is 1, so nothing large cancels. The difference is the cheaper, the product the
    // finer, which the parameters of the shifted forms need.
    const closed = open ? sub(x, open) : mul(x, sub(1, gate));
    const curved = mul(gate, closed);
    const steepness = a && c ? mul(a, c) : (a ?? c);
    return {
      input: add(shifted, steepness ? mul(curved, steepness) : curved),
      parameters: () => ({ alpha: [mul(x, curved), c], beta: [closed, c && neg(square(c))] }),
    };
  },
};

const stretch = (b: Tensor) => reciprocal(sub(1, b));
