import { add, logSoftmax, mean, mul, neg, type Scalar, sum, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Mean cross entropy with soft targets, `-1/n sum_i sum_k t_ik log softmax(z_i)_k`, where smoothing mixes the targets with
 * the uniform distribution: `t <- (1 - s) t + s / classes` (Szegedy et al. 2016).
 *
 * @param logits `[n, classes]`
 * @param target `[n, classes]`, rows that sum to 1
 */
export function softCrossEntropy(logits: Tensor2D, target: Tensor2D, smoothing = 0): Scalar {
  const wanted = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / logits.shape[1]);
  return neg(mean<Scalar>(sum(mul(wanted, logSoftmax(logits)), 1)));
}
