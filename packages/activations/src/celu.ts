import { number } from '@agoge/core';
import { add, div, elu, mul, relu, sub, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';
import { below } from './below';
import { type FusedRule, fused, type Parameter } from './fused';

const rule: FusedRule<{ alpha: Tensor }> = {
  forward(x, { alpha: a }) {
    const z = div(below(x), a);
    const fall = elu(z);
    return { value: add(relu(x), mul(fall, a)), saved: [z, fall] };
  },
  slopes(_, [z, fall]) {
    const slope = add(fall, 1);
    return { input: slope, parameters: () => ({ alpha: [sub(fall, mul(z, slope))] }) };
  },
};

/**
 * CELU, `f(x) = x` for `x > 0`, else `a (exp(x / a) - 1)` with `a = alpha`; `f'(x) = 1` and `exp(x / a)`: continuous for
 * every `a`. `df/da = exp(x / a) (1 - x / a) - 1` for `x <= 0`, else 0.
 *
 * Xie, Tan, Gong, Yuille, Le 2020 (SAT, arXiv 2006.14536) set it against {@link elu}; the formula is the usual one.
 *
 * @param x of any shape
 * @param alpha above 0; a tensor that broadcasts to `x` gets a gradient in its own shape, a number is a constant. Default 1
 *   (there CELU is ELU)
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function celu<T extends Tensor>(x: T, alpha: Parameter = 1): T {
  return fused('celu', rule, x, { alpha });
}

export interface CELUOptions extends LayerOptions {
  /** Fixed, above 0. Default 1 (there CELU is ELU). */
  alpha?: number;
}

/**
 * {@link celu} with a fixed `alpha`; `AgogeCELU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const CELU = activationLayer<CELUOptions>({
  name: 'CELU',
  defaults: { alpha: 1 },
  rules: { alpha: number({ above: 0 }) },
  apply: (x, _, __, { alpha }) => celu(x, alpha),
});
