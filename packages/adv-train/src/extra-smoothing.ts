import type { Batch } from '@agoge/core';

/**
 * A batch whose targets are mixed with the uniform distribution, `t <- (1 - s) t + s / classes`, where an example is `extra`:
 * generated or pseudo-labelled, as `mix` of `@agoge/datasets` marks it. A batch without such examples stays as it is.
 */
export function smoothedExtra(batch: Batch, classes: number, share: number): Batch {
  const { y, extra } = batch;
  if (share === 0 || !extra?.includes(1)) return batch;
  const target = batch.target?.slice() ?? new Float32Array(y.length * classes);
  y.forEach((label, i) => {
    if (!batch.target) target[i * classes + label] = 1;
    if (extra[i] !== 1) return;
    const row = target.subarray(i * classes, (i + 1) * classes);
    row.set(row.map((each) => (1 - share) * each + share / classes));
  });
  return { ...batch, target };
}
