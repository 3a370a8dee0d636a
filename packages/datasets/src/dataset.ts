import type { Batch, Batches, BatchesOptions, Bounds, ImageShape } from '@agoge/core';
import { checkBatches, orderOf } from './views/order';
import { pickRows } from './views/rows';

/** Images that can be read one by one, and what is known of all of them without reading any. */
export interface ImageSource {
  readonly shape: ImageShape;
  readonly classes: number;
  readonly bounds: Bounds;
  /** One per example, from 0 to `classes - 1`. Not to be changed. */
  readonly labels: Int32Array;
  /** Absolute numbers of the examples, the keys of all their noise; 0, 1, 2 ... unless given. */
  readonly numbers?: Float64Array;
  /** 1 = synthetic or pseudo-labelled; all are real unless given. */
  readonly extra?: Uint8Array;
  /** `n x classes`, where labels are soft. */
  readonly targets?: Float32Array;
  /** Of images, labels and their order. */
  readonly hash: string;
  /**
   * Writes images into `out`, one after another in NHWC, each value within the bounds.
   *
   * @param rows from 0 to `labels.length - 1`, in any order
   * @param out as long as those images are
   */
  read(rows: Uint32Array, out: Float32Array, signal?: AbortSignal): void | Promise<void>;
}

/** {@link ImageSource} as batches: what every data set of this package is. */
export interface Dataset extends ImageSource, Batches {}

/**
 * Images that are read when they are asked for, as batches: no more than one batch is in memory.
 *
 * With a seed, the order of an epoch is a permutation keyed by (seed, stream `epoch/N`), whatever the batch size; the last
 * batch is short where the batch size does not divide. The arrays of a batch are the caller's; where it says how many batches
 * it `holds`, `x` goes round in as many arrays.
 *
 * @param source is trusted: whoever reads from outside checks labels, bounds and lengths first
 */
export function dataset(source: ImageSource): Dataset {
  const { shape, classes, bounds, labels, numbers, extra, targets } = source;
  return {
    shape,
    classes,
    bounds,
    labels,
    ...(numbers && { numbers }),
    ...(extra && { extra }),
    ...(targets && { targets }),
    examples: labels.length,
    // Some work it out when first read.
    get hash() {
      return source.hash;
    },
    read: (rows, out, signal) => source.read(rows, out, signal),
    batches(request) {
      checkBatches('batches', request, labels.length);
      return inOrder(source, request);
    },
  };
}

/** Whether data can be read by row number. */
export function isDataset(data: Batches): data is Dataset {
  const { read, labels } = data as Partial<Dataset>;
  return typeof read === 'function' && labels instanceof Int32Array;
}

async function* inOrder(source: ImageSource, request: BatchesOptions): AsyncGenerator<Batch> {
  const { batchSize, from = 0, holds = Infinity, signal } = request;
  const order = orderOf(source.labels.length, request);
  const size = source.shape[0] * source.shape[1] * source.shape[2];
  const ring: Float32Array[] = [];
  for (let at = from, turn = 0; at < order.length; at += batchSize, turn++) {
    signal?.throwIfAborted();
    const rows = order.subarray(at, at + batchSize);
    // Later batches are no longer than the first.
    const x = ring[turn % holds]?.subarray(0, rows.length * size) ?? new Float32Array(rows.length * size);
    if (turn < holds && holds !== Infinity) ring.push(x);
    await source.read(rows, x, signal);
    yield { x, ...restOf(source, rows) };
  }
}

/** All of a batch but its images. */
function restOf({ shape, classes, labels, numbers, extra, targets }: ImageSource, rows: Uint32Array): Omit<Batch, 'x'> {
  return {
    shape: [rows.length, ...shape],
    y: Int32Array.from(rows, (row) => labels[row]),
    index: Float64Array.from(rows, (row) => numbers?.[row] ?? row),
    ...(extra && { extra: Uint8Array.from(rows, (row) => extra[row]) }),
    ...(targets && { target: pickRows(targets, rows, classes) }),
  };
}
