import type { Batch, Run } from '@agoge/core';

/** Some of a batch's examples, one after another, with the keys of their noise. */
export interface Part {
  batch: Batch;
  run: Run;
}

/**
 * A batch in parts of at most `size` examples, in order; one that would hold a single example goes to the part before it,
 * since a batch's statistics need two.
 */
export function partsOf(batch: Batch, run: Run, size = Number.POSITIVE_INFINITY): Part[] {
  const [n] = batch.shape;
  const parts: Part[] = [];
  for (let from = 0; from < n; ) {
    const to = from + size + 1 >= n ? n : from + size;
    parts.push(partOf(batch, run, from, to));
    from = to;
  }
  return parts;
}

function partOf({ x, shape: [n, ...item], y, target, index, extra }: Batch, run: Run, from: number, to: number): Part {
  const rows = <A extends Float32Array | Float64Array | Int32Array | Uint8Array>(values: A) => {
    const width = values.length / n;
    return values.subarray(from * width, to * width) as A;
  };
  const batch: Batch = {
    x: rows(x),
    shape: [to - from, ...item],
    y: rows(y),
    index: rows(index),
    ...(target && { target: rows(target) }),
    ...(extra && { extra: rows(extra) }),
  };
  return { batch, run: { ...run, index: rows(run.index) } };
}
