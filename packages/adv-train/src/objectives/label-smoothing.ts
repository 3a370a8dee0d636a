import { number } from '@agoge/core';
import { add, mul, type Tensor2D } from '@tensorflow/tfjs-core';

/** The share of label smoothing in a target. */
export const smoothingRule = number({ min: 0, below: 1 });

/**
 * Targets `[n, classes]` mixed with the uniform distribution: `t <- (1 - s) t + s / classes` (Szegedy et al. 2016).
 */
export function smoothed(target: Tensor2D, share: number): Tensor2D {
  return share === 0 ? target : add(mul(target, 1 - share), share / target.shape[1]);
}
