import type { BackendHooks } from '@agoge/core';
import {
  backend,
  gather,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';

/** Tensors of one row per example. */
export type Rows = Readonly<Record<string, Tensor>>;

/**
 * The size of the batch that some rows are computed in: two at least, since some backends compute batches of 1 in other
 * arithmetic. Where a program is compiled for each size it is a whole number of quarters of the power of two before it, and
 * above 32, where rows of padding cost more than programs, of eighths (2 to 8, 10, 12, 14, 16, 20, 24, 28, 32, 36, ..., 64,
 * 72, ...), so that the shrinking batches of many attacks come in few sizes.
 */
export function batchSize(rows: number): number {
  const size = Math.max(rows, 2);
  if (!(backend() as BackendHooks).compiles) return size;
  const part = 2 ** Math.max(0, Math.floor(Math.log2(size - 1)) - (size > 32 ? 3 : 2));
  return Math.ceil(size / part) * part;
}

/** Places of rows to take: those given, and the first again until they are a batch ({@link batchSize}). */
export const padded = (rows: readonly number[]): number[] =>
  Array.from({ length: batchSize(rows.length) }, (_, i) => rows[i] ?? rows[0]);

/** Some rows of tensors, {@link padded}. */
export function rowsOf<T extends Rows>(from: T, rows: readonly number[]): T {
  return tidy(() => {
    const places = tensor1d(padded(rows), 'int32');
    return Object.fromEntries(Object.entries(from).map(([name, each]) => [name, gather(each, places)])) as unknown as T;
  });
}

/** Images that have been read: their pixels, one image after another. */
export interface Images {
  readonly x: Float32Array;
  readonly shape: Tensor4D['shape'];
}

/** Some images as a tensor; {@link padded} places give a batch. */
export function imagesAt({ x, shape: [n, ...item] }: Images, places: readonly number[]): Tensor4D {
  const length = x.length / n;
  const pixels = new Float32Array(places.length * length);
  places.forEach((place, i) => {
    pixels.set(x.subarray(place * length, (place + 1) * length), i * length);
  });
  return tensor4d(pixels, [places.length, ...item]);
}

/** Some labels as a tensor. */
export const labelsAt = (labels: ArrayLike<number>, places: readonly number[]): Tensor1D =>
  tensor1d(
    Int32Array.from(places, (place) => labels[place]),
    'int32',
  );

/** Disposes of tensors, each once, but for those that are `kept`. */
export function release(old: readonly (Rows | undefined)[], kept: readonly (Rows | undefined)[] = []): void {
  const all = (from: readonly (Rows | undefined)[]) => new Set(from.flatMap((each) => Object.values(each ?? {})));
  const still = all(kept);
  for (const each of all(old)) if (!still.has(each)) each.dispose();
}

/** One number per example, to broadcast over its image. */
export const perImage = (each: Tensor): Tensor => reshape(each, [-1, 1, 1, 1]);

/** Of each example, numbers or images, the one or the other. */
export const select = <T extends Tensor>(flag: Tensor, yes: T, no: T): T =>
  where(yes.rank === 4 ? perImage(flag) : flag, yes, no);
