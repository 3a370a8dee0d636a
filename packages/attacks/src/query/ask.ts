import { type BlackBox, type Classifier, checkLogits, isBlackBox, ModelError, probed, ShapeError } from '@agoge/core';
import {
  cast,
  gather,
  log,
  maximum,
  oneHot,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';

/** Below this a probability is taken for it: the logarithm stays finite. */
const tiny = 1e-30;

/** Refuses a model that tells labels alone, by the name of the attack that needs more. */
export function checkTellsScores(who: string, f: Classifier | BlackBox): void {
  if (!isBlackBox(f) || f.output !== 'labels') return;
  throw new ModelError(who, 'needs scores, but the black box tells labels alone (its output: labels)');
}

/**
 * What a model says of images, as scores `[n, classes]` that order the classes and their margins as its logits would: a
 * classifier's logits, logarithms of a black box's probabilities, or 1 for the label that it tells and 0 for the others.
 *
 * @param live how many of the images are meant: a black box, whose every answer costs, is asked for these alone, and the rows
 * after them repeat the first
 * @returns scores; the caller owns them
 * @throws ShapeError, ModelError where a black box answers otherwise than it says; BackendError for kernels that a
 * classifier needs and that are wrong or missing
 */
export async function ask(
  who: string,
  f: Classifier | BlackBox,
  x: Tensor4D,
  live: number = x.shape[0],
): Promise<Tensor2D> {
  if (!isBlackBox(f)) {
    const { result, check } = probed(who, () => tidy(() => f(x)));
    try {
      await check();
    } catch (error) {
      result.dispose();
      throw error;
    }
    return result;
  }
  const meant = tidy(() => slice(x, 0, live));
  try {
    const told = await f(meant);
    try {
      await checkAnswer(who, f, told, live);
      return tidy(() => {
        const rows = Array.from({ length: x.shape[0] }, (_, i) => (i < live ? i : 0));
        return gather(scoresOf(f, told), tensor1d(rows, 'int32')) as Tensor2D;
      });
    } finally {
      told.dispose();
    }
  } finally {
    meant.dispose();
  }
}

function scoresOf({ output, classes }: BlackBox, told: Tensor): Tensor {
  if (output === 'labels') return cast(oneHot(cast(told as Tensor1D, 'int32'), classes), 'float32');
  return output === 'probabilities' ? log(maximum(told, tiny)) : told;
}

async function checkAnswer(who: string, f: BlackBox, told: Tensor, n: number): Promise<void> {
  const expected = f.output === 'labels' ? [n] : [n, f.classes];
  if (told.shape.join() !== expected.join()) {
    throw new ShapeError(who, "the black box's answer", `[${expected.join(', ')}]`, told.shape);
  }
  if (f.output === 'logits') return;
  const what = f.output === 'labels' ? `labels from 0 to ${f.classes - 1}` : 'probabilities from 0 to 1';
  const isRight = (each: number) =>
    f.output === 'labels' ? Number.isInteger(each) && each >= 0 && each < f.classes : each >= 0 && each <= 1 + 1e-5;
  for (const each of await told.data()) {
    if (!isRight(each)) throw new ModelError(who, `the black box must answer with ${what}, got ${each}`);
  }
}

/** As {@link checkLogits}, for what {@link ask} returned: labels and probabilities have been checked there. */
export async function checkScores(who: string, f: Classifier | BlackBox, scores: Tensor2D, n: number): Promise<void> {
  if (isBlackBox(f) && f.output !== 'logits') return;
  await checkLogits(who, f as Classifier, scores, n);
}
