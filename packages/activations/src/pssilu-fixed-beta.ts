import { number } from '@agoge/core';
import { square, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { type FusedRule, fused, type Parameter } from './fused';
import { logisticGate } from './logistic-gate';

const rule: FusedRule<{ alpha: Tensor; beta: Tensor }> = { ...logisticGate, constrain: { alpha: square } };

/**
 * The earlier form of PSSiLU, `f(x) = x (s(a x) - b) / (1 - b)` with `a = alpha^2`, `b = beta`, `s` the logistic function.
 *
 * The published models use {@link pssilu}, where `a = |alpha|` and `b = |beta|` is learned too. The slopes are the same; the
 * gradient to `alpha` is `2 alpha df/da`.
 *
 * From the published code of Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626).
 *
 * @param x of any shape
 * @param alpha root of the steepness; a tensor that broadcasts to `x` gets a gradient in its own shape, a number is a constant
 * @param beta shift, not 1, where `f` is infinite; the source keeps it fixed. Default 0.3 (the command line of PAF's code)
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function pssiluFixedBeta<T extends Tensor>(x: T, alpha: Parameter, beta: Parameter = 0.3): T {
  return fused('pssiluFixedBeta', rule, x, { alpha, beta });
}

export interface PSSiLUFixedBetaOptions extends LayerOptions, ScalarOptions<'alpha'> {
  /** Start value, above 0. Default 1 (PAF's code). */
  alpha?: number;
  /** Fixed, in [0, 1). Default 0.3 (the command line of PAF's code; its scripts for shapes give 0.1). */
  beta?: number;
}

/**
 * {@link pssiluFixedBeta} with a learned `alpha` and a fixed `beta`; `AgogePSSiLUFixedBeta` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PSSiLUFixedBeta = activationLayer<PSSiLUFixedBetaOptions>({
  name: 'PSSiLUFixedBeta',
  scalars: { alpha: { initial: 1, rule: number({ above: 0 }), effective: Math.abs } },
  defaults: { beta: 0.3 },
  rules: { beta: number({ min: 0, below: 1 }) },
  apply: (x, [alpha], of, { beta }) => fused('pssiluFixedBeta', rule, x, { alpha, beta }, of),
});
