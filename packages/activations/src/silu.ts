import type { Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';
import { fused } from './fused';
import { logisticGate } from './logistic-gate';

/**
 * SiLU (Swish), `f(x) = x s(x)` with `f'(x) = s(x) (1 + x (1 - s(x)))`, `s` the logistic function.
 *
 * The smooth activation of Xie, Tan, Gong, Yuille, Le 2020 (SAT, arXiv 2006.14536).
 *
 * @param x of any shape
 * @returns of the same shape; the caller owns it
 * @throws TypeError if `x` is no tensor
 */
export function silu<T extends Tensor>(x: T): T {
  return fused('silu', logisticGate, x, {});
}

/** Options of {@link SiLU}: those of every tfjs layer. */
export type SiLUOptions = LayerOptions;

/** {@link silu} as a layer, `AgogeSiLU` in saved models. */
export const SiLU = activationLayer<SiLUOptions>({ name: 'SiLU', apply: silu });
