import type { BlackBox, Classifier } from '@agoge/core';
import { ask, checkScores } from './query/ask';
import { type Images, imagesAt, padded } from './rows';

/** What logits say of some examples. */
export interface Verdict {
  /** The first of equal largest logits, as for tfjs's argMax. */
  prediction: Int32Array;
  /** Logit of the label less the largest other. */
  margin: Float32Array;
  /** Rows of `classes`. */
  logits: Float32Array;
}

/**
 * Classifies some images, in one forward pass of a batch ({@link padded}); a black box is asked for these alone.
 *
 * @param places of the images
 * @param labels one for each place
 * @throws ShapeError, ModelError where the classifier's output is no logits; BackendError for kernels that are wrong or missing
 */
export async function verdictOn(
  who: string,
  f: Classifier | BlackBox,
  images: Images,
  places: readonly number[],
  labels: ArrayLike<number>,
): Promise<Verdict> {
  const x = imagesAt(images, padded(places));
  try {
    const scores = await ask(who, f, x, places.length);
    try {
      await checkScores(who, f, scores, x.shape[0]);
      return readVerdict(await scores.data<'float32'>(), f.classes, labels);
    } finally {
      scores.dispose();
    }
  } finally {
    x.dispose();
  }
}

function readVerdict(logits: Float32Array, classes: number, labels: ArrayLike<number>): Verdict {
  const [prediction, margin] = [new Int32Array(labels.length), new Float32Array(labels.length)];
  const verdict = { prediction, margin, logits: logits.slice(0, labels.length * classes) };
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const others = row.reduce((most, each, k) => (k === labels[i] ? most : Math.max(most, each)), -Infinity);
    verdict.prediction[i] = row.indexOf(Math.max(others, row[labels[i]]));
    verdict.margin[i] = row[labels[i]] - others;
  }
  return verdict;
}
