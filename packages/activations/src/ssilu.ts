import { number } from '@agoge/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';
import { fused, type Parameter } from './fused';
import { logisticGate } from './logistic-gate';

/**
 * Shifted SiLU, `f(x) = x (s(x) - b) / (1 - b)` with `b = beta`, `s` the logistic function: positive for very negative `x`.
 *
 * With `s = s(x)`: `df/dx = (s - b + x s (1 - s)) / (1 - b)` and `df/db = x (s - 1) / (1 - b)^2`.
 *
 * From the published code of Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626). `beta = 0` is SiLU.
 *
 * @param x of any shape
 * @param beta shift, not 1, where `f` is infinite; the source keeps it fixed, so a number: a tensor that broadcasts to `x`
 *   gets a gradient in its own shape all the same
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function ssilu<T extends Tensor>(x: T, beta: Parameter): T {
  return fused('ssilu', logisticGate, x, { beta });
}

export interface SSiLUOptions extends LayerOptions {
  /** Fixed, in [0, 1). Default 0.3: that of the command line of PAF's code, which gives every shifted SiLU the same. */
  beta?: number;
}

/**
 * {@link ssilu} with a fixed `beta`; `AgogeSSiLU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const SSiLU = activationLayer<SSiLUOptions>({
  name: 'SSiLU',
  defaults: { beta: 0.3 },
  rules: { beta: number({ min: 0, below: 1 }) },
  apply: (x, _, of, { beta }) => fused('ssilu', logisticGate, x, { beta }, of),
});
