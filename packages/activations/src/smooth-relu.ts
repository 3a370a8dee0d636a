import { number } from '@agoge/core';
import { add, div, log1p, mul, reciprocal, relu, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { type FusedRule, fused, type Parameter } from './fused';

const rule: FusedRule<{ alpha: Tensor }> = {
  forward(x, { alpha: a }) {
    const high = relu(x);
    const z = mul(high, a);
    const log = log1p(z);
    return { value: sub(high, div(log, a)), saved: [z, log] };
  },
  slopes(_, [z, log], { alpha: a }) {
    const slope = div(z, add(z, 1));
    return { input: slope, parameters: () => ({ alpha: [sub(log, slope), reciprocal(square(a))] }) };
  },
};

/**
 * SmoothReLU, `f(x) = x - log(1 + a x) / a` for `x >= 0`, else 0, with `a = alpha`: smooth, exactly 0 on the negative side, and
 * nearing ReLU as `a` grows.
 *
 * For `x >= 0`: `df/dx = a x / (1 + a x)` and `df/da = log(1 + a x) / a^2 - x / (a (1 + a x))`; else both are 0.
 *
 * Xie, Tan, Gong, Yuille, Le 2020 (SAT, arXiv 2006.14536).
 *
 * @param x of any shape
 * @param alpha above 0; a tensor that broadcasts to `x` gets a gradient in its own shape, a number is a constant
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function smoothRelu<T extends Tensor>(x: T, alpha: Parameter): T {
  return fused('smoothRelu', rule, x, { alpha });
}

export interface SmoothReLUOptions extends LayerOptions, ScalarOptions<'r'> {
  /** Start value of the root of alpha, above 0. Default 20, so that alpha is 400 (SAT's code). */
  r?: number;
}

/**
 * {@link smoothRelu} with `alpha = r^2` and a learned `r`; `AgogeSmoothReLU` in saved models. Weight decay leaves `r` alone
 * unless `decay` says otherwise (SAT's code decays kernels only).
 *
 * SAT's code has one `r` per place: a layer each.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const SmoothReLU = activationLayer<SmoothReLUOptions>({
  name: 'SmoothReLU',
  scalars: { r: { initial: 20, rule: number({ above: 0 }), effective: Math.abs } },
  defaults: { decay: false },
  apply: (x, [r], of) => fused('smoothRelu', rule, x, { alpha: square(r) }, of),
});
