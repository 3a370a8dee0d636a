import { number } from '@agoge/core';
import { mul, relu, step, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { type FusedRule, fused, type Parameter } from './fused';

const rule: FusedRule<{ alpha: Tensor }> = {
  forward(x, { alpha: a }) {
    const high = relu(x);
    return { value: mul(high, a), saved: [high] };
  },
  slopes: (_, [high], { alpha: a }) => ({
    input: mul(step(high), a),
    parameters: () => ({ alpha: [high] }),
  }),
};

/**
 * ReLU with a slope, `f(x) = alpha x` for `x > 0`, else 0; `f'(x) = alpha` and 0, at 0 it is 0. `df/dalpha = max(x, 0)`.
 *
 * Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626), where `alpha` is learned from 1.
 *
 * @param x of any shape
 * @param alpha slope of the positive side, of either sign; a tensor that broadcasts to `x` gets a gradient in its own
 *   shape, a number is a constant
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function pprelu<T extends Tensor>(x: T, alpha: Parameter): T {
  return fused('pprelu', rule, x, { alpha });
}

export interface PPReLUOptions extends LayerOptions, ScalarOptions<'alpha'> {
  /** Start value. Default 1 (PAF's code: it starts as ReLU). */
  alpha?: number;
}

/**
 * {@link pprelu} with a learned `alpha`; `AgogePPReLU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PPReLU = activationLayer<PPReLUOptions>({
  name: 'PPReLU',
  scalars: { alpha: { initial: 1, rule: number() } },
  apply: (x, [alpha], of) => fused('pprelu', rule, x, { alpha }, of),
});
