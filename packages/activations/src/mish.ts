import { add, mul, sigmoid, softplus, square, sub, type Tensor, tanh } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';
import { type FusedRule, fused } from './fused';

const rule: FusedRule = {
  forward(x) {
    const gate = tanh(softplus(x));
    return { value: mul(x, gate), saved: [gate] };
  },
  slopes: (x, [gate]) => ({ input: add(gate, mul(mul(x, sub(1, square(gate))), sigmoid(x))) }),
};

/**
 * Mish, `f(x) = x t` with `t = tanh(log(1 + exp(x)))`, and `f'(x) = t + x (1 - t^2) s(x)`, `s` the logistic function.
 *
 * In the published code of Xie, Tan, Gong, Yuille, Le 2020 (SAT, arXiv 2006.14536), not among what the paper claims.
 *
 * @param x of any shape
 * @returns of the same shape; the caller owns it
 * @throws TypeError if `x` is no tensor
 */
export function mish<T extends Tensor>(x: T): T {
  return fused('mish', rule, x, {});
}

/** Options of {@link Mish}: those of every tfjs layer. */
export type MishOptions = LayerOptions;

/** {@link mish} as a layer, `AgogeMish` in saved models. */
export const Mish = activationLayer<MishOptions>({ name: 'Mish', apply: mish });
