import { refusal, ShapeError, said } from '@agoge/core';
import { argMax, cast, dispose, reshape, Tensor, type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';

/** Labelled images as `model.fitDataset` takes them; who is given a batch disposes of it, as everywhere in tf.data. */
export interface LabelledBatch {
  /** `[n, height, width, channels]` */
  xs: Tensor4D;
  /** `[n, classes]`, or class numbers `[n]` or `[n, 1]`. */
  ys: Tensor;
}

/** What `model.fitDataset` uses of a tf.data dataset. */
interface DatasetLike {
  iterator(): Promise<{ next(): Promise<IteratorResult<unknown>> }>;
  readonly size?: number | null;
}
type Batches = DatasetLike | AsyncIterable<unknown> | Iterable<unknown>;

/** Where {@link LabelledBatch}es come from: a tf.data dataset, an iterable, or a function that gives one for each pass. */
export type BatchSource = Batches | (() => Batches);

/** What `model.fitDataset` takes, and `for await`. Each pass over it is made anew; nothing is fetched ahead. */
export interface BatchDataset extends AsyncIterable<LabelledBatch> {
  iterator(): Promise<AsyncIterator<LabelledBatch> & { next(): Promise<IteratorResult<LabelledBatch>> }>;
  /** Batches in a pass; NaN where that is not known. */
  readonly size: number;
}

/** A dataset whose passes a generator makes. */
export const datasetOf = (size: number, pass: () => AsyncGenerator<LabelledBatch, void>): BatchDataset => ({
  size,
  iterator: async () => pass(),
  [Symbol.asyncIterator]: pass,
});

/** What a source says of its size. */
export const sizeOf = (source: BatchSource): number => ('size' in source ? source.size : undefined) ?? Number.NaN;

/** One pass over a source; what it gives is not looked at. */
export async function* passOver(source: BatchSource): AsyncGenerator<unknown, void> {
  const batches = typeof source === 'function' ? source() : source;
  if (!('iterator' in batches)) {
    yield* batches;
    return;
  }
  const iterator = await batches.iterator();
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

/**
 * Takes what a source gave for a batch, or disposes of it.
 *
 * @throws TypeError, ShapeError where it is none
 */
export function checkedBatch(who: string, value: unknown, classes: number): LabelledBatch {
  const { xs, ys } = (value ?? {}) as Record<string, unknown>;
  try {
    if (!(xs instanceof Tensor && ys instanceof Tensor)) {
      throw said(new TypeError(refusal(who, 'a batch', 'a pair { xs, ys } of tensors', value)));
    }
    const n = xs.shape[0];
    if (xs.rank !== 4) throw new ShapeError(who, 'xs', '[n, height, width, channels]', xs.shape);
    if (![`${n}`, `${n},1`, `${n},${classes}`].includes(ys.shape.join())) {
      throw new ShapeError(who, 'ys', `[${n}, ${classes}], [${n}] or [${n}, 1]`, ys.shape);
    }
    return { xs: xs as Tensor4D, ys };
  } catch (error) {
    dispose([xs, ys].filter((each) => each instanceof Tensor));
    throw error;
  }
}

/** The class numbers `[n]` of labels; of soft ones the likeliest. */
export function classNumbers(ys: Tensor, classes: number): Tensor1D {
  return tidy(() =>
    ys.rank === 2 && ys.shape[1] === classes ? argMax<Tensor1D>(ys, 1) : cast<Tensor1D>(reshape(ys, [-1]), 'int32'),
  );
}
