import { add, div, minimum, mul, norm, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * A gradient of Euclidean norm at most `limit`: `g * min(1, limit / (|g| + 1e-6))`, as PyTorch's `clip_grad_norm_` with one
 * weight.
 *
 * @returns a tensor of the gradient's shape; the caller owns it
 */
export function clipNorm<T extends Tensor>(gradient: T, limit: number): T {
  return tidy(() => mul<T>(gradient, minimum(div(limit, add(norm(gradient), 1e-6)), 1)));
}
