import { type Classifier, type LossAndGradient, lossAndGradient, norms } from '@agoge/core';
import {
  abs,
  neg,
  stack,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { crossEntropy, margin } from '../losses';
import { type Check, judged, type Measure, of, unchecked } from './check';
import { type Exam, inBlocks, type Patients } from './exam';
import { watchEngine } from './watch-engine';

const unmask =
  'Attack through it: `bpda` for the part without a gradient, black-box attacks (`square`, `hopSkipJump`), images from a `surrogate`. What gradient attacks leave is no robustness.';

const gradientMeasures = {
  zero: {
    name: 'zero gradients',
    measures: 'share of examples whose margin has no gradient, or one of exactly 0',
    threshold: 0,
    source: "AutoAttack's flag, any example; Pintor et al.'s unavailable gradients",
    remedy: unmask,
  },
  saturated: {
    name: 'saturated loss',
    measures: 'share of examples whose cross entropy has a gradient of exactly 0, and whose margin has not',
    threshold: 0,
    source: "ours, after AutoAttack's flag",
    remedy:
      'Logits are so large that the cross entropy rounds to a constant: attack the margin or the difference of logits ratio (`loss: "dlr"`), or divide the logits.',
  },
  finite: {
    name: 'gradients that are not finite',
    measures: 'share of examples whose gradient holds NaN or infinity',
    threshold: 0,
    source: "ours, as ART's check of loss gradients counts them",
    remedy:
      'Look for roots and logarithms at 0, divisions by 0 and exponentials that overflow; attacks stop at such a gradient.',
  },
  uneven: {
    name: 'exploding gradients',
    measures: "largest norm of an example's margin gradient over the median",
    threshold: 1e3,
    source: 'ours',
    remedy:
      'Some examples sit on cliffs: look for steep functions of the input. Attacks that follow the sign or the direction (all of ours) bear it, estimates of robustness from norms of gradients do not.',
  },
} as const satisfies Record<string, Measure>;

const losses = {
  margin: (logits: Tensor2D, y: Tensor1D): Tensor1D => neg(margin(logits, y)),
  crossEntropy,
} as const;

/**
 * A loss and its gradient, or the error in which tfjs says that there is none; the tensors that tfjs had saved for it, which it
 * then forgets, are disposed of.
 */
export function gradientOrNone(
  f: Classifier,
  x: Tensor4D,
  loss: (logits: Tensor2D) => Tensor1D,
): LossAndGradient | Error {
  const kept: Tensor[] = [];
  const take = () => {
    let seen: LossAndGradient | undefined;
    tidy(() => {
      seen = lossAndGradient(f, x, loss);
      return [seen.logits, seen.loss, seen.gradient];
    });
    return seen as unknown as LossAndGradient;
  };
  try {
    return watchEngine('keep', (each) => kept.push(each as Tensor), take);
  } catch (error) {
    for (const each of kept) if (!each.isDisposed) each.dispose();
    if (error instanceof Error && error.name === 'Error' && /gradient/i.test(error.message)) return error;
    throw error;
  }
}

/** Per example the l2 norm of a loss's gradient, 0 only where all of it is 0; or the error of {@link gradientOrNone}. */
async function sizesOf(exam: Exam, { x, y, places }: Patients, loss: keyof typeof losses): Promise<number[] | Error> {
  const seen = gradientOrNone(exam.f, x, (logits) => losses[loss](logits, y));
  if (seen instanceof Error) return seen;
  exam.spent.backwards += x.shape[0];
  const sizes: Tensor = tidy(() => stack([norms.l2.size(seen.gradient), sum(abs(seen.gradient), [1, 2, 3])]));
  try {
    await seen.check();
    const [euclidean, absolute] = (await sizes.array()) as number[][];
    // Squares of the smallest gradients round to 0.
    return places.map((_, row) => euclidean[row] || absolute[row]);
  } finally {
    for (const each of [seen.logits, seen.loss, seen.gradient, sizes]) each.dispose();
  }
}

/**
 * Looks at the gradients on the clean images.
 *
 * @returns the checks, and why attacks cannot use the gradients, where they cannot
 */
export async function gradientChecks(exam: Exam): Promise<{ checks: Check[]; unusable?: string }> {
  const { zero, saturated, finite, uneven } = gradientMeasures;
  const blocks = await inBlocks(exam, async (patients) => ({
    margins: await sizesOf(exam, patients, 'margin'),
    entropies: await sizesOf(exam, patients, 'crossEntropy'),
  }));
  const none = blocks.map(({ margins }) => margins).find((each) => each instanceof Error);
  if (none) {
    const why = 'The classifier has no gradient.';
    const missing = judged(zero, 1, `The classifier has no gradient; TensorFlow.js says: ${none.message}`);
    const others = [saturated, finite, uneven].map((each) => unchecked(each, why));
    return { checks: [missing, ...others], unusable: why };
  }
  const sizes = blocks.flatMap(({ margins }) => margins as number[]);
  const ofCrossEntropy = blocks.flatMap(({ entropies }) => entropies as number[]);
  const n = sizes.length;
  const zeros = sizes.filter((each) => each === 0).length;
  const flat = sizes.filter((each, i) => each !== 0 && ofCrossEntropy[i] === 0).length;
  const wild = sizes.filter((each, i) => !Number.isFinite(each + ofCrossEntropy[i])).length;
  const checks = [
    judged(zero, zeros / n, `The margin of ${of(zeros, n)} has a gradient of exactly 0.`),
    judged(saturated, flat / n, `The cross entropy of ${of(flat, n)} has a gradient of exactly 0.`),
    judged(finite, wild / n, `The gradients of ${of(wild, n)} are not finite.`),
  ];
  if (wild > 0) {
    const why = 'Gradients are not finite.';
    return { checks: [...checks, unchecked(uneven, why)], unusable: why };
  }
  const sorted = sizes.filter((each) => each > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return { checks: [...checks, unchecked(uneven, 'All gradients are 0.')] };
  const [largest, median] = [sorted[sorted.length - 1], sorted[Math.floor((sorted.length - 1) / 2)]];
  const says = `Norms of gradients reach from ${show(sorted[0])} to ${show(largest)}, with median ${show(median)}.`;
  return { checks: [...checks, judged(uneven, largest / median, says)] };
}

const show = (size: number): string => size.toPrecision(2);
