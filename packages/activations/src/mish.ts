import { add, div, mul, sigmoid, sub, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';
import { type FusedRule, fused } from './fused';

const rule: FusedRule = {
  forward(x) {
    // tanh(log(1 + exp(x))) of s = s(x): q / (2 - q) with q = s (2 - s); softplus and tanh take 15 times as long on wasm.
    const s = sigmoid(x);
    const q = mul(s, sub(2, s));
    const gate = div(q, sub(2, q));
    const value = mul(x, gate);
    return { value, saved: [s, gate, value] };
  },
  slopes: (x, [s, gate, value]) => ({ input: add(gate, mul(sub(x, mul(value, gate)), s)) }),
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
