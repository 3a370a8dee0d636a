import type { Batch, Batches, Classifier, NormName, Run } from '@agoge/core';
import { type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { imagesAt, labelsAt, padded, release } from '../rows';

/** What is examined, on what, and what that has cost so far. */
export interface Exam {
  who: string;
  /** The classifier, which counts the images that it is given. */
  f: Classifier;
  /** The examples, in memory. */
  batch: Batch;
  data: Batches;
  norm: NormName;
  eps: number;
  /** A radius that every image of the bounds is within. */
  range: number;
  batchSize: number;
  steps: number;
  queries: number;
  seed: number;
  reins: Pick<Run, 'signal' | 'onProgress'>;
  spent: { forwards: number; backwards: number };
}

/** Some consecutive examples, as tensors padded to a batch. */
export interface Patients {
  x: Tensor4D;
  y: Tensor1D;
  /** Places in the batch of the exam; the rows after them repeat the first. */
  places: number[];
  index: Float64Array;
}

/** The first `examples` of some data, read once. */
export async function firstExamples(data: Batches, examples: number, signal?: AbortSignal): Promise<Batch> {
  for await (const batch of data.batches({ batchSize: examples, signal })) return batch;
  throw new Error(`internal: data of ${data.examples} examples gave no batch`);
}

/** A batch as data, which keep the absolute numbers of its examples. */
export function asData({ classes, bounds, shape, hash }: Batches, batch: Batch): Batches {
  const examples = batch.y.length;
  const length = batch.x.length / examples;
  return {
    ...{ examples, classes, bounds, shape, hash },
    async *batches({ batchSize, from = 0 }) {
      for (let at = from; at < examples; at += batchSize) {
        const end = Math.min(at + batchSize, examples);
        yield {
          x: batch.x.slice(at * length, end * length),
          shape: [end - at, ...shape],
          y: batch.y.slice(at, end),
          index: batch.index.slice(at, end),
        };
      }
    },
  };
}

/** The same classifier, counting the images that it is given. */
export function counting(f: Classifier, spent: Exam['spent']): Classifier {
  const { classes, bounds, weights } = f;
  const counted = (x: Tensor4D) => {
    spent.forwards += x.shape[0];
    return f(x);
  };
  return Object.assign(counted, { classes, bounds, ...(weights && { weights: () => weights.call(f) }) });
}

/** Runs a body on one block of examples after another. */
export async function inBlocks<T>({ batch, batchSize }: Exam, body: (patients: Patients) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let from = 0; from < batch.y.length; from += batchSize) {
    const places = Array.from({ length: Math.min(batchSize, batch.y.length - from) }, (_, i) => from + i);
    const rows = padded(places);
    const tensors = tidy(() => ({ x: imagesAt(batch, rows), y: labelsAt(batch.y, rows) }));
    try {
      results.push(await body({ ...tensors, places, index: Float64Array.from(rows, (i) => batch.index[i]) }));
    } finally {
      release([tensors]);
    }
  }
  return results;
}
