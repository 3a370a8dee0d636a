import { refusal, said } from '@agoge/core';
import {
  add,
  div,
  exp,
  logSoftmax,
  mean,
  mul,
  reshape,
  type Scalar,
  slice,
  softplus,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/**
 * The Jensen-Shannon divergence `(KL(p || m) + KL(q || m)) / 2` with `m = (p + q) / 2`, per example, of logits `[n, classes]`, as
 * `[n]`: at most log 2.
 *
 * Of logarithms throughout, `log m = log p + softplus(log q - log p) - log 2`: a probability that rounds to 0 contributes 0.
 */
export function jensenShannon(p: Tensor2D, q: Tensor2D): Tensor1D {
  const [logP, logQ] = [logSoftmax(p), logSoftmax(q)];
  const logM = sub(add(logP, softplus(sub(logQ, logP))), Math.LN2);
  const from = (logOne: Tensor) => sum<Tensor1D>(mul(exp(logOne), sub(logOne, logM)), 1);
  return div(add(from(logP), from(logQ)), 2);
}

/**
 * How far the predictions of two views of an image lie apart: the mean over pairs of {@link jensenShannon} at a temperature, where
 * rows `2i` and `2i + 1` of the logits `[n, classes]` are a pair.
 *
 * @throws RangeError for an odd number of rows
 */
export function inconsistency(who: string, logits: Tensor2D, temperature: number): Scalar {
  const [n, classes] = logits.shape;
  if (n % 2 !== 0) {
    throw said(new RangeError(refusal(who, 'a batch', 'pairs of views with consistency, such as of twoViews', n)));
  }
  const pairs = reshape(div(logits, temperature), [n / 2, 2, classes]);
  const [one, other] = [0, 1].map((which) => reshape(slice(pairs, [0, which, 0], [-1, 1, -1]), [n / 2, classes]));
  return mean<Scalar>(jensenShannon(one as Tensor2D, other as Tensor2D));
}
