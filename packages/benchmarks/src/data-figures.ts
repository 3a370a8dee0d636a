import type { Batch, ImageShape } from '@agoge/core';

/** Of one channel over all images. */
export interface ChannelFigures {
  mean: number;
  /** Of the population: the mean square distance from the mean, under the root. */
  std: number;
  min: number;
  max: number;
}

/** What batches have shown so far. */
export interface DataFigures {
  /** Examples by label. */
  readonly counts: readonly number[];
  readonly channels: readonly Readonly<ChannelFigures>[];
  add(batch: Pick<Batch, 'x' | 'y'>): void;
}

/**
 * Counts labels and measures channels, a batch at a time and in one pass over the data, in float64.
 *
 * Batches are merged by their means and sums of squared distances from them, so that nothing cancels however far the values lie
 * from 0: T. Chan, G. Golub, R. LeVeque, Algorithms for computing the sample variance, The American Statistician 37, 1983.
 *
 * @param shape of one image
 * @example
 * const figures = dataFigures(data.shape, data.classes);
 * for await (const batch of data.batches({ batchSize: 256 })) figures.add(batch);
 * const [{ mean, std }] = figures.channels;
 */
export function dataFigures([, , channels]: ImageShape, classes: number): DataFigures {
  const counts = new Array<number>(classes).fill(0);
  const running = Array.from({ length: channels }, () => ({ mean: 0, squares: 0, min: Infinity, max: -Infinity }));
  let before = 0;
  return {
    counts,
    get channels() {
      return running.map(({ squares, ...rest }) => ({ ...rest, std: Math.sqrt(squares / before) }));
    },
    add({ x, y }) {
      for (const label of y) counts[label]++;
      const n = x.length / channels;
      running.forEach((channel, c) => {
        let sum = 0;
        for (let i = c; i < x.length; i += channels) {
          sum += x[i];
          if (x[i] < channel.min) channel.min = x[i];
          if (x[i] > channel.max) channel.max = x[i];
        }
        const mean = sum / n;
        let squares = 0;
        for (let i = c; i < x.length; i += channels) squares += (x[i] - mean) ** 2;
        const step = mean - channel.mean;
        channel.mean += (step * n) / (before + n);
        channel.squares += squares + (step ** 2 * before * n) / (before + n);
      });
      before += n;
    },
  };
}
