import { nullable, number } from '@agoge/core';
import { mul, type Scalar, sum, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { type FusedRule, fused, type Parameter } from './fused';
import { logisticGate } from './logistic-gate';
import { magnitude } from './magnitude';

const rule: FusedRule<{ alpha: Tensor; beta: Tensor }> = {
  ...logisticGate,
  constrain: { alpha: magnitude, beta: magnitude },
};

/**
 * Parametric shifted SiLU, `f(x) = x (s(a x) - b) / (1 - b)` with `a = |alpha|`, `b = |beta|`, `s` the logistic function:
 * positive for very negative `x`, and curved around 0.
 *
 * With `s = s(a x)`: `df/dx = (s - b + a x s (1 - s)) / (1 - b)`, `df/da = x^2 s (1 - s) / (1 - b)` and
 * `df/db = x (s - 1) / (1 - b)^2`; the gradients to `alpha` and `beta` are these times their signs, where sign(0) = 0.
 *
 * Dai, Mahloujifar, Mittal 2021, "Parameterizing Activation Functions for Adversarial Robustness" (PAF, arXiv 2110.05626),
 * in the form of the published models. `alpha = 1, beta = 0` is SiLU.
 *
 * @param x of any shape
 * @param alpha steepness; a tensor that broadcasts to `x` gets a gradient in its own shape, a number is a constant
 * @param beta shift, as `alpha`; |beta| below 1, where `f` is infinite. From exactly 0 it never moves: its sign is 0
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function pssilu<T extends Tensor>(x: T, alpha: Parameter, beta: Parameter): T {
  return fused('pssilu', rule, x, { alpha, beta });
}

export interface PSSiLUOptions extends LayerOptions, ScalarOptions<'alpha' | 'beta'> {
  /** Start value, above 0. Default 1 (PAF's code). */
  alpha?: number;
  /** Start value in [0, 1). Default 1e-8 (RobustBench's copy): from 0, which PAF's code starts with, it never moves. */
  beta?: number;
  /** The loss grows by `penalty * |beta|`, once however often the layer is shared. Default 10 (PAF's code). */
  penalty?: number;
  /** The norm that beta's gradient is clipped to, or null; a wish that {@link trainingHints} tells a trainer. Default 0.1 (PAF's code). */
  clipNorm?: number | null;
}

/**
 * {@link pssilu} with learned `alpha` and `beta`; `AgogePSSiLU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PSSiLU = activationLayer<PSSiLUOptions>({
  name: 'PSSiLU',
  scalars: {
    alpha: { initial: 1, rule: number({ above: 0 }), effective: Math.abs },
    beta: {
      initial: 1e-8,
      rule: number({ min: 0, below: 1 }),
      effective: Math.abs,
      clipNorm: ({ clipNorm }) => clipNorm,
      penalty: (beta, { penalty }) => mul<Scalar>(sum(magnitude(beta)), penalty),
    },
  },
  defaults: { penalty: 10, clipNorm: 0.1 },
  rules: { penalty: number({ min: 0 }), clipNorm: nullable(number({ above: 0 })) },
  apply: (x, [alpha, beta], of) => fused('pssilu', rule, x, { alpha, beta }, of),
});
