import type { Batch } from '@agoge/core';

/** Numbers per row of an array that has one row per example. */
const width = (values: ArrayLike<number>, n: number) => (n === 0 ? 0 : values.length / n);

/** Some examples of a batch, by their places in it, as a new batch. */
export function selectRows(batch: Batch, places: ArrayLike<number>): Batch {
  const [n, ...item] = batch.shape;
  const select = <A extends Float32Array | Float64Array | Int32Array | Uint8Array>(values: A): A => {
    const size = width(values, n);
    const out = new (values.constructor as new (length: number) => A)(places.length * size);
    for (let i = 0; i < places.length; i++) {
      out.set(values.subarray(places[i] * size, (places[i] + 1) * size), i * size);
    }
    return out;
  };
  return {
    x: select(batch.x),
    shape: [places.length, ...item],
    y: select(batch.y),
    index: select(batch.index),
    ...(batch.target && { target: select(batch.target) }),
    ...(batch.extra && { extra: select(batch.extra) }),
  };
}

/** The examples of two batches of one kind, one after another, as a new batch. */
export function joinRows(a: Batch, b: Batch): Batch {
  const join = <A extends Float32Array | Float64Array | Int32Array | Uint8Array>(first: A, second: A): A => {
    const out = new (first.constructor as new (length: number) => A)(first.length + second.length);
    out.set(first);
    out.set(second, first.length);
    return out;
  };
  const [n, ...item] = a.shape;
  return {
    x: join(a.x, b.x),
    shape: [n + b.shape[0], ...item],
    y: join(a.y, b.y),
    index: join(a.index, b.index),
    ...(a.target && b.target && { target: join(a.target, b.target) }),
    ...(a.extra && b.extra && { extra: join(a.extra, b.extra) }),
  };
}
