import { number } from '@agoge/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { type FusedRule, fused, type Parameter } from './fused';
import { logisticGate } from './logistic-gate';
import { magnitude } from './magnitude';

const rule: FusedRule<{ alpha: Tensor }> = { ...logisticGate, constrain: { alpha: magnitude } };

/**
 * Parametric SiLU, `f(x) = x s(a x)` with `a = |alpha|`, `s` the logistic function: the larger `a`, the more it bends at 0.
 *
 * With `s = s(a x)`: `df/dx = s (1 + a x (1 - s))` and `df/da = x^2 s (1 - s)`; the gradient to `alpha` is that times
 * `sign(alpha)`.
 *
 * Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626). `alpha = 1` is SiLU.
 *
 * @param x of any shape
 * @param alpha steepness; a tensor that broadcasts to `x` gets a gradient in its own shape, a number is a constant
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function psilu<T extends Tensor>(x: T, alpha: Parameter): T {
  return fused('psilu', rule, x, { alpha });
}

export interface PSiLUOptions extends LayerOptions, ScalarOptions<'alpha'> {
  /** Start value, above 0. Default 1 (PAF's code). */
  alpha?: number;
}

/**
 * {@link psilu} with a learned `alpha`; `AgogePSiLU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PSiLU = activationLayer<PSiLUOptions>({
  name: 'PSiLU',
  scalars: { alpha: { initial: 1, rule: number({ above: 0 }), effective: Math.abs } },
  apply: (x, [alpha], of) => fused('psilu', rule, x, { alpha }, of),
});
