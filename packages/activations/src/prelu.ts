import { number } from '@agoge/core';
import { add, mul, neg, step, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { below } from './below';
import { type FusedRule, fused, type Parameter } from './fused';

const rule: FusedRule<{ alpha: Tensor }> = {
  forward(x, { alpha: a }) {
    const slope = add(step(x), mul(step(neg(x)), a));
    return { value: mul(x, slope), saved: [slope] };
  },
  slopes: (x, [slope]) => ({ input: slope, parameters: () => ({ alpha: [below(x)] }) }),
};

/**
 * PReLU, `f(x) = x` for `x > 0`, else `alpha x`; `f'(x) = 1` and `alpha`, at 0 it is 0. `df/dalpha = min(x, 0)`.
 *
 * Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626), where `alpha` is learned from 0.
 *
 * @param x of any shape
 * @param alpha slope of the negative side, of either sign; a tensor that broadcasts to `x` gets a gradient in its own
 *   shape, a number is a constant
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function prelu<T extends Tensor>(x: T, alpha: Parameter): T {
  return fused('prelu', rule, x, { alpha });
}

export interface PReLUOptions extends LayerOptions, ScalarOptions<'alpha'> {
  /** Start value. Default 0 (PAF's code: it starts as ReLU). */
  alpha?: number;
}

/**
 * {@link prelu} with a learned `alpha`; `AgogePReLU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PReLU = activationLayer<PReLUOptions>({
  name: 'PReLU',
  scalars: { alpha: { initial: 0, rule: number() } },
  apply: (x, [alpha], of) => fused('prelu', rule, x, { alpha }, of),
});
