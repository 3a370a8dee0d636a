import { type Batch, said } from '@agoge/core';

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array | Uint32Array;

/** `from`, `from + 1`, ... less than `to`. */
export function rowsFrom(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

/** Some rows of an array that has `width` numbers per row, as a new array. */
export function pickRows<A extends Numbers>(values: A, rows: ArrayLike<number>, width = 1): A {
  const out = new (values.constructor as new (length: number) => A)(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    out.set(values.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  }
  return out;
}

/** Some examples of a batch, by their places in it, as a new batch. */
export function selectRows(batch: Batch, places: ArrayLike<number>): Batch {
  const [n, ...item] = batch.shape;
  const pick = <A extends Numbers>(values: A): A => pickRows(values, places, n === 0 ? 0 : values.length / n);
  return {
    x: pick(batch.x),
    shape: [places.length, ...item],
    y: pick(batch.y),
    index: pick(batch.index),
    ...(batch.target && { target: pick(batch.target) }),
    ...(batch.extra && { extra: pick(batch.extra) }),
  };
}

/** The examples of two batches of one kind, one after another, as a new batch. */
export function joinRows(a: Batch, b: Batch): Batch {
  const join = <A extends Numbers>(first: A, second: A): A => {
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

/** Hands out the examples of a stream of batches, in numbers of the caller's choice. */
interface RowReader {
  /** The next `n` examples, fewer at the end; `undefined` for none. Their arrays are the caller's. */
  next(n: number): Promise<Batch | undefined>;
  /** Ends the stream. */
  close(): Promise<void>;
}

/** Reads a stream of batches that are the reader's own: none is asked for before it is needed. */
export function rowReader(batches: AsyncIterable<Batch>): RowReader {
  const iterator = batches[Symbol.asyncIterator]();
  let rest: Batch | undefined;
  return {
    async next(n) {
      if (n === 0) return undefined;
      while ((rest?.shape[0] ?? 0) < n) {
        const { done, value } = await iterator.next();
        if (done) break;
        rest = rest ? joinRows(rest, value) : value;
      }
      const all = rest;
      if (!all || all.shape[0] <= n) {
        rest = undefined;
        return all;
      }
      rest = selectRows(all, rowsFrom(n, all.shape[0]));
      return selectRows(all, rowsFrom(0, n));
    },
    async close() {
      await iterator.return?.();
    },
  };
}

/**
 * The first `n` examples of a stream, in batches anew.
 *
 * @throws Error where the stream ends before
 */
export async function* regrouped(stream: AsyncIterable<Batch>, n: number, batchSize: number): AsyncGenerator<Batch> {
  const reader = rowReader(stream);
  try {
    for (let left = n; left > 0; ) {
      const batch = await reader.next(Math.min(batchSize, left));
      if (!batch) {
        const hint = 'parts are to be taken before sources are mixed or epochs cut';
        throw said(new Error(`batches: ${left} of ${n} examples did not come; ${hint}`));
      }
      left -= batch.shape[0];
      yield batch;
    }
  } finally {
    await reader.close();
  }
}
