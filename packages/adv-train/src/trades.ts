import { projectedAscent } from '@agoge/attacks';
import { type Classifier, modes, normal, number, type Objective, perExample, type Run } from '@agoge/core';
import {
  add,
  div,
  exp,
  logSoftmax,
  mul,
  type Scalar,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { softCrossEntropy } from './cross-entropy';
import { craftMode, type InnerAscentOptions, innerAscent, smoothingRule } from './inner-ascent';

export interface TradesOptions extends InnerAscentOptions {
  /** Weight of the divergence: accuracy at a small one, robustness at a large one. Default 6 (the source's for CIFAR-10; MNIST: 1). */
  beta?: number;
  /** Share of the uniform distribution in the targets. Default 0; Gowal et al. 2020: 0.1 on extra data. */
  labelSmoothing?: number;
}

/** Standard deviation of the noise that the ascent starts from: at the image itself the divergence has no gradient. */
const startDeviation = 0.001;

/**
 * `KL(p || q) = sum_k p_k (log p_k - log q_k)` per example, of logits `[n, classes]`, as `[n]`.
 *
 * Of logarithms throughout: a probability that rounds to 0 contributes 0 and not `0 * log 0 = NaN`.
 */
export function divergence(p: Tensor2D, q: Tensor2D): Tensor1D {
  const [logP, logQ] = [logSoftmax(p), logSoftmax(q)];
  return sum<Tensor1D>(mul(exp(logP), sub(logP, logQ)), 1);
}

/** Ascends the divergence from the clean prediction, from images `start` on; these may lie outside the bounds, as the source's do. */
export async function ascendDivergence(
  f: Classifier,
  x: Tensor4D,
  start: Tensor4D,
  ascent: Omit<Required<InnerAscentOptions>, 'statistics'>,
  run: Run,
): Promise<Tensor4D> {
  const natural = f(x);
  try {
    return await projectedAscent(f, x, (logits) => divergence(natural, logits), { ...ascent, ...run, start });
  } finally {
    natural.dispose();
  }
}

function noisy(x: Tensor4D, { seed, index }: Run): Tensor4D {
  const values = perExample(normal, { seed, stream: 'trades/start' }, index, x.size / x.shape[0]);
  return tidy(() => add<Tensor4D>(x, mul(tensor4d(values, x.shape), startDeviation)));
}

/**
 * TRADES: `min_w E [ CE(f_w(x), y) + beta max_{|d| <= eps} KL(f_w(x) || f_w(x + d)) ]`.
 *
 * The ascent starts at `x + 0.001 N(0, 1)` (not clipped, as in the source) and climbs the divergence from the clean
 * prediction. In the update the clean images go forward first and the adversarial ones second, each with its own batch's
 * statistics; the gradient flows through both predictions, and the divergence is summed and divided by the batch's size.
 * The source sends the clean images forward a third time, which changes neither loss nor gradient but weighs them double in
 * the running statistics; later code (RCM, Rade and Moosavi-Dezfooli) does not, nor does this.
 *
 * Zhang et al., Theoretically principled trade-off between robustness and accuracy (ICML 2019).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = trades({ eps: 0.031, stepSize: 0.007 });
 */
export function trades(options: TradesOptions): Objective {
  const rules = { beta: number({ min: 0 }), labelSmoothing: smoothingRule };
  const { statistics, ...ascent } = innerAscent('trades', options, rules);
  const { beta = 6, labelSmoothing = 0 } = options;
  return {
    name: 'trades',
    options: { ...ascent, statistics, beta, labelSmoothing },

    async perturb(model, x, _y, run) {
      const start = noisy(x, run);
      try {
        return await ascendDivergence(model.classifier(craftMode(statistics)), x, start, ascent, run);
      } finally {
        start.dispose();
      }
    },

    loss(model, x, adversarial, target) {
      const natural = model.forward(x, modes.update);
      const attacked = model.forward(adversarial, modes.update);
      const robust = div<Scalar>(sum(divergence(natural, attacked)), x.shape[0]);
      return add<Scalar>(softCrossEntropy(natural, target, labelSmoothing), mul(robust, beta));
    },
  };
}
