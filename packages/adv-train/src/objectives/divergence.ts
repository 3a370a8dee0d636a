import { exp, logSoftmax, mul, sub, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * `KL(p || q) = sum_k p_k (log p_k - log q_k)` per example, of logits `[n, classes]`, as `[n]`.
 *
 * Of logarithms throughout: a probability that rounds to 0 contributes 0 and not `0 * log 0 = NaN`.
 */
export function divergence(p: Tensor2D, q: Tensor2D): Tensor1D {
  const [logP, logQ] = [logSoftmax(p), logSoftmax(q)];
  return sum<Tensor1D>(mul(exp(logP), sub(logP, logQ)), 1);
}
