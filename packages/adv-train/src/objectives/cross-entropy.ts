import { logSoftmax, mean, mul, neg, type Scalar, sum, type Tensor2D } from '@tensorflow/tfjs-core';
import { smoothed } from './label-smoothing';

/**
 * Mean cross entropy with soft targets, `-1/n sum_i sum_k t_ik log softmax(z_i)_k`.
 *
 * @param logits `[n, classes]`
 * @param target `[n, classes]`, rows that sum to 1
 * @param smoothing as of {@link smoothed}
 */
export function softCrossEntropy(logits: Tensor2D, target: Tensor2D, smoothing = 0): Scalar {
  return neg(mean<Scalar>(sum(mul(smoothed(target, smoothing), logSoftmax(logits)), 1)));
}
