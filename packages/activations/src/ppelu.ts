import { number } from '@agoge/core';
import { add, elu, mul, relu, step, sub, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { below } from './below';
import { type FusedRule, fused, type Parameter } from './fused';

const rule: FusedRule<{ alpha: Tensor }> = {
  forward(x, { alpha: a }) {
    const fall = elu(below(x)); // exp(x) - 1 for x <= 0, else 0
    const high = relu(x);
    return { value: add(mul(high, a), fall), saved: [fall, high] };
  },
  slopes: (x, [fall, high], { alpha: a }) => ({
    input: add(add(fall, 1), mul(step(x), sub(a, 1))),
    parameters: () => ({ alpha: [high] }),
  }),
};

/**
 * ELU with a slope, `f(x) = alpha x` for `x > 0`, else `exp(x) - 1`; `f'(x) = alpha` and `exp(x)`, at 0 the latter.
 * `df/dalpha = max(x, 0)`.
 *
 * Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626), where `alpha` is learned from 1.
 *
 * @param x of any shape
 * @param alpha slope of the positive side, of either sign; a tensor that broadcasts to `x` gets a gradient in its own
 *   shape, a number is a constant
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function ppelu<T extends Tensor>(x: T, alpha: Parameter): T {
  return fused('ppelu', rule, x, { alpha });
}

export interface PPELUOptions extends LayerOptions, ScalarOptions<'alpha'> {
  /** Start value. Default 1 (PAF's code: it starts as ELU). */
  alpha?: number;
}

/**
 * {@link ppelu} with a learned `alpha`; `AgogePPELU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PPELU = activationLayer<PPELUOptions>({
  name: 'PPELU',
  scalars: { alpha: { initial: 1, rule: number() } },
  apply: (x, [alpha], of) => fused('ppelu', rule, x, { alpha }, of),
});
