import { max, min, mul, stack, sum, type Tensor, type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { BlackBox, Classifier } from './contracts';
import { ModelError, refusal, ShapeError, said } from './errors';

/** How far a pixel may leave the bounds by float32's rounding. */
const slack = 1e-6;

/**
 * Checks a batch at the door of an attack or an evaluation.
 *
 * @param who the function called, for messages
 * @param f the classifier that the examples are for
 * @param x images `[n, height, width, channels]`, finite and inside the classifier's bounds
 * @param y labels `[n]`, whole numbers from 0 to classes - 1
 * @throws ShapeError, RangeError naming the argument and the value
 */
export async function checkExamples(who: string, f: Classifier | BlackBox, x: Tensor4D, y: Tensor1D): Promise<void> {
  if (x.rank !== 4) throw new ShapeError(who, 'x', '[n, height, width, channels]', x.shape);
  if (x.size === 0) throw new ShapeError(who, 'x', '[n, height, width, channels] with no dimension 0', x.shape);
  if (y.rank !== 1 || y.shape[0] !== x.shape[0]) throw new ShapeError(who, 'y', `[${x.shape[0]}]`, y.shape);
  // 0 times a pixel is NaN where the pixel is NaN or infinite, and so is the sum.
  const summary = tidy(() => stack([min(x), max(x), sum(mul(x, 0))]));
  const [[low, high, rest], labels] = await Promise.all([summary.data(), y.data()]);
  summary.dispose();
  if (Number.isNaN(rest)) throw said(new RangeError(refusal(who, 'x', 'finite', 'NaN or infinite pixels')));
  if (low < f.bounds[0] - slack || high > f.bounds[1] + slack) {
    const found = `pixels from ${low} to ${high}`;
    throw said(
      new RangeError(`${who}: x must lie within the classifier's bounds [${f.bounds.join(', ')}], got ${found}`),
    );
  }
  const expected = `a whole number from 0 to ${f.classes - 1}`;
  labels.forEach((label, i) => {
    if (!(Number.isInteger(label) && label >= 0 && label < f.classes)) {
      throw said(new RangeError(refusal(who, `y[${i}]`, expected, label)));
    }
  });
}

/** How close to 1 the sums of a model's outputs may come before they are taken for probabilities. */
const probabilitySlack = 1e-5;

/**
 * Checks what a classifier returned for `n` images: logits `[n, classes]`, finite, and no probabilities.
 *
 * @throws ShapeError; ModelError for NaN, infinite logits, or probabilities, which make attacks silently weak
 */
export async function checkLogits(who: string, f: Classifier, logits: Tensor, n: number): Promise<void> {
  if (logits.rank !== 2 || logits.shape[0] !== n || logits.shape[1] !== f.classes) {
    throw new ShapeError(who, "the classifier's output", `[${n}, ${f.classes}]`, logits.shape);
  }
  const values = await logits.data<'float32'>();
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ModelError(
      who,
      `the classifier must return finite logits, got ${values[bad]} for image ${Math.floor(bad / f.classes)}`,
    );
  }
  const isDistribution = Array.from({ length: n }, (_, i) => values.subarray(i * f.classes, (i + 1) * f.classes)).every(
    (row) =>
      row.every((value) => value >= 0 && value <= 1) &&
      Math.abs(row.reduce((total, value) => total + value, 0) - 1) < probabilitySlack,
  );
  if (isDistribution) {
    throw new ModelError(
      who,
      'the classifier must return logits, but every row of its output is a probability distribution: give the model without its softmax, or wrap it with fromProbabilities',
    );
  }
}
