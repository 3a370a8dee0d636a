import { mean, type Scalar, softmax, square, sub, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { smoothed } from './label-smoothing';

/** `sum_k (softmax(p)_k - softmax(q)_k)^2` per example, of logits `[n, classes]`, as `[n]`: at most 2. */
export function squaredDistance(p: Tensor2D, q: Tensor2D): Tensor1D {
  return between(softmax(p), softmax(q));
}

/**
 * Mean squared error of the probabilities, `1/n sum_i sum_k (softmax(z_i)_k - t_ik)^2` (Brier 1950).
 *
 * @param logits `[n, classes]`
 * @param target `[n, classes]`, rows that sum to 1
 * @param smoothing as of {@link smoothed}
 */
export function squaredError(logits: Tensor2D, target: Tensor2D, smoothing = 0): Scalar {
  return mean<Scalar>(between(softmax(logits), smoothed(target, smoothing)));
}

const between = (a: Tensor2D, b: Tensor2D) => sum<Tensor1D>(square(sub(a, b)), 1);
