import { type Batches, checkFit, checkOptions, integer, modes, runRules, step, type Trainable } from '@agoge/core';
import {
  add,
  div,
  equal,
  fill,
  keep,
  mul,
  sub,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  variable,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';

/** How images are gone through for their statistics. */
export interface StatisticsOptions {
  /** Default 128. */
  batchSize?: number;
  /** Key of the order and of what is augmented; without one, the images come as they are and in order. */
  seed?: number;
  signal?: AbortSignal;
}

/**
 * Makes a model's running statistics the plain mean of those of its batches, as after weights were averaged or replaced.
 *
 * A running statistic is taken to move as `r <- m r + (1 - m) b` by a batch's own `b`, with any `m`: one pass from 0 and one from 1
 * tell `m` apart. A short last batch counts by its size; one of a single image is left out.
 *
 * @param data images of the model's bounds
 */
export async function estimateStatistics(
  model: Trainable,
  data: Batches,
  options: StatisticsOptions = {},
): Promise<void> {
  checkOptions('estimateStatistics', options, {
    batchSize: integer({ min: 2 }),
    seed: runRules.seed,
    signal: runRules.signal,
  });
  const { batchSize = 128, seed, signal } = options;
  checkFit('estimateStatistics', 'data', model, data);
  const buffers = model
    .buffers()
    .map(({ variable }) => variable)
    .filter(({ dtype }) => dtype === 'float32');

  /** The statistics after one batch, from `start` in all of them. */
  const after = (x: Tensor4D, start: number): Tensor[] => {
    for (const each of buffers) tidy(() => each.assign(fill(each.shape, start)));
    model.forward(x, modes.update);
    return buffers.map((each) => each.clone());
  };

  const values: Tensor[] = buffers.map((each) => each.clone());
  const sums = buffers.map((each) => tidy(() => variable(zerosLike(each), false)));
  let shares: Tensor[] | undefined;
  let count = 0;
  try {
    const request = { batchSize, ...(seed !== undefined && { seed }), ...(signal && { signal }) };
    for await (const { x: pixels, shape } of data.batches(request)) {
      const [n] = shape;
      if (n < 2) continue;
      count += n;
      tidy(() => {
        const x = tensor4d(pixels, shape);
        const fromZero = after(x, 0);
        shares ??= after(x, 1).map((each, i) => keep(sub(1, sub(each, fromZero[i]))));
        fromZero.forEach((each, i) => void sums[i].assign(add(sums[i], mul(each, n))));
      });
      await step(signal ? { signal } : {});
    }
    // What did not move is no mean of anything.
    const means = tidy(() =>
      (shares ?? []).map((share, i) => where(equal(share, 0), values[i], div(sums[i], mul(share, count)))),
    );
    values.splice(0, means.length, ...means).forEach((each) => void each.dispose());
  } finally {
    buffers.forEach((each, i) => void each.assign(values[i]));
    for (const each of [...values, ...sums, ...(shares ?? [])]) each.dispose();
  }
}
