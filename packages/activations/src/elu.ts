import { number } from '@agoge/core';
import { add, clipByValue, mul, relu, step, sub, type Tensor, elu as unitElu } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';
import { below } from './below';
import { type FusedRule, fused, type Parameter } from './fused';

/** Without `alpha` it is 1: one pass forward. */
export const exponentialBelow: FusedRule<{ alpha?: Tensor }> = {
  forward(x, { alpha: a }) {
    if (!a) {
      const value = unitElu(x);
      return { value, saved: [value] };
    }
    const fall = unitElu(below(x)); // exp(x) - 1 for x <= 0, else 0
    return { value: add(relu(x), mul(fall, a)), saved: [fall] };
  },
  slopes(x, [fall], { alpha: a }) {
    if (!a) return { input: clipByValue(add(fall, 1), 0, 1) };
    return {
      input: add(mul(add(fall, 1), a), mul(step(x), sub(1, a))),
      parameters: () => ({ alpha: [fall] }),
    };
  },
};

/**
 * ELU, `f(x) = x` for `x > 0`, else `alpha (exp(x) - 1)`; `f'(x) = 1` and `alpha exp(x)`, at 0 the latter.
 *
 * Only with `alpha = 1` is the slope continuous: {@link celu} is for every `alpha`. The same formula with a learned `alpha` is
 * {@link pelu}.
 *
 * A smooth activation of Xie, Tan, Gong, Yuille, Le 2020 (SAT, arXiv 2006.14536), at `alpha = 1`.
 *
 * @param x of any shape
 * @param alpha height of the negative side; a tensor that broadcasts to `x` gets a gradient in its own shape, a number is a
 *   constant. Default 1 (SAT)
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function elu<T extends Tensor>(x: T, alpha: Parameter = 1): T {
  return fused('elu', exponentialBelow, x, alpha === 1 ? {} : { alpha });
}

export interface ELUOptions extends LayerOptions {
  /** Fixed, above 0. Default 1 (SAT). */
  alpha?: number;
}

/**
 * {@link elu} with a fixed `alpha`; `AgogeELU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const ELU = activationLayer<ELUOptions>({
  name: 'ELU',
  defaults: { alpha: 1 },
  rules: { alpha: number({ above: 0 }) },
  apply: (x, _, __, { alpha }) => elu(x, alpha),
});
