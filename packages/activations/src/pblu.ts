import { number } from '@agoge/core';
import { add, clipByValue, div, mul, relu, sqrt, square, step, sub, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { type FusedRule, fused, type Parameter } from './fused';

/** Here the root is the number itself in float32, and the square of no number overflows. */
const edge = 1e6;

const rule: FusedRule<{ alpha: Tensor }> = {
  forward(x, { alpha: a }) {
    const high = relu(x);
    const root = add(sqrt(add(square(clipByValue(x, 0, edge)), 1)), relu(sub(x, edge)));
    return { value: add(high, mul(sub(root, 1), a)), saved: [high, root] };
  },
  slopes: (x, [high, root], { alpha: a }) => ({
    input: add(step(x), mul(div(high, root), a)),
    parameters: () => ({ alpha: [sub(root, 1)] }),
  }),
};

/**
 * Bent ReLU, `f(x) = x + alpha (sqrt(x^2 + 1) - 1)` for `x > 0`, else 0; `f'(x) = 1 + alpha x / sqrt(x^2 + 1)` and 0, at 0 it
 * is 0. `df/dalpha = sqrt(x^2 + 1) - 1` for `x > 0`, else 0.
 *
 * Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626), where `alpha` is learned from 0.
 *
 * @param x of any shape
 * @param alpha how much the positive side bends, of either sign; a tensor that broadcasts to `x` gets a gradient in its own
 *   shape, a number is a constant
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function pblu<T extends Tensor>(x: T, alpha: Parameter): T {
  return fused('pblu', rule, x, { alpha });
}

export interface PBLUOptions extends LayerOptions, ScalarOptions<'alpha'> {
  /** Start value. Default 0 (PAF's code: it starts as ReLU). */
  alpha?: number;
}

/**
 * {@link pblu} with a learned `alpha`; `AgogePBLU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PBLU = activationLayer<PBLUOptions>({
  name: 'PBLU',
  scalars: { alpha: { initial: 0, rule: number() } },
  apply: (x, [alpha], of) => fused('pblu', rule, x, { alpha }, of),
});
