import { number } from '@agoge/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { exponentialBelow } from './elu';
import { fused, type Parameter } from './fused';

/**
 * Parametric ELU, `f(x) = x` for `x > 0`, else `alpha (exp(x) - 1)`; `f'(x) = 1` and `alpha exp(x)`, at 0 the latter.
 * `df/dalpha = exp(x) - 1` for `x <= 0`, else 0.
 *
 * Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626), where `alpha` is learned from 1.
 *
 * @param x of any shape
 * @param alpha height of the negative side, of either sign; a tensor that broadcasts to `x` gets a gradient in its own
 *   shape, a number is a constant
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function pelu<T extends Tensor>(x: T, alpha: Parameter): T {
  return fused('pelu', exponentialBelow, x, { alpha });
}

export interface PELUOptions extends LayerOptions, ScalarOptions<'alpha'> {
  /** Start value. Default 1 (PAF's code: it starts as ELU). */
  alpha?: number;
}

/**
 * {@link pelu} with a learned `alpha`; `AgogePELU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PELU = activationLayer<PELUOptions>({
  name: 'PELU',
  scalars: { alpha: { initial: 1, rule: number() } },
  apply: (x, [alpha], of) => fused('pelu', exponentialBelow, x, { alpha }, of),
});
