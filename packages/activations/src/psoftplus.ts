import { number } from '@agoge/core';
import { div, mul, reciprocal, sigmoid, softplus, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { type FusedRule, fused, type Parameter } from './fused';
import { magnitude } from './magnitude';

const rule: FusedRule<{ alpha: Tensor }> = {
  constrain: { alpha: magnitude },
  forward(x, { alpha: a }) {
    const z = mul(x, a);
    const height = softplus(z);
    return { value: div(height, a), saved: [z, height] };
  },
  slopes(_, [z, height], { alpha: a }) {
    const gate = sigmoid(z);
    return {
      input: gate,
      // In z both terms saturate to the same float32 number, so that their difference is 0 for large x, not rounding noise.
      parameters: () => ({ alpha: [sub(mul(z, gate), height), reciprocal(square(a))] }),
    };
  },
};

/**
 * Parametric Softplus, `f(x) = log(1 + exp(a x)) / a` with `a = |alpha|`, which nears ReLU as `a` grows.
 *
 * With `s = sigmoid(a x)`: `df/dx = s` and `df/da = (a x s - log(1 + exp(a x))) / a^2`; the gradient to `alpha` is that
 * times `sign(alpha)`.
 *
 * SAT (Xie et al. 2020, arXiv 2006.14536) fixes `alpha = 10`; PAF (Dai et al. 2021, arXiv 2110.05626) learns it from 1.
 *
 * @param x of any shape
 * @param alpha steepness, not 0 (there `f` is infinite); a tensor that broadcasts to `x` gets a gradient in its own shape,
 *   a number is a constant
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function psoftplus<T extends Tensor>(x: T, alpha: Parameter): T {
  return fused('psoftplus', rule, x, { alpha });
}

export interface PSoftplusOptions extends LayerOptions, ScalarOptions<'alpha'> {
  /** Start value, above 0. Default 1 (PAF's code). */
  alpha?: number;
}

/**
 * {@link psoftplus} with a learned `alpha`; `AgogePSoftplus` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PSoftplus = activationLayer<PSoftplusOptions>({
  name: 'PSoftplus',
  scalars: { alpha: { initial: 1, rule: number({ above: 0 }), effective: Math.abs } },
  apply: (x, [alpha], of) => fused('psoftplus', rule, x, { alpha }, of),
});
