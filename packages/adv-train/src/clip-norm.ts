import { add, addN, div, minimum, mul, type Scalar, sqrt, square, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * Gradients of a common Euclidean norm of at most `limit`: each `g * min(1, limit / (|all| + 1e-6))`, as PyTorch's
 * `clip_grad_norm_`.
 *
 * @returns tensors of the gradients' shapes; the caller owns them
 */
export function clippedNorm<T extends Tensor>(gradients: readonly T[], limit: number): T[] {
  if (gradients.length === 0) return [];
  return tidy(() => {
    const norm = sqrt(addN(gradients.map((each) => sum<Scalar>(square(each)))));
    const share = minimum(div(limit, add(norm, 1e-6)), 1);
    return gradients.map((each) => mul<T>(each, share));
  });
}
