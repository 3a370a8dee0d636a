import { words } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { dataFigures } from './data-figures';

const shape = [2, 3, 3] as const;
const n = 40;
const size = 18;

/** Sixteenths far from 0, exact in float32, where float32 sums or a mean of squares would cancel. */
const far = Float32Array.from(words({ seed: 5, stream: 'figures' }, n * size), (word) => 100_000 + (word % 32) / 16);
const labels = Int32Array.from({ length: n }, (_, i) => (i * i) % 4);

/** By definition, in two passes. */
function channelOf(x: Float32Array, c: number) {
  const values = [...x].filter((_, i) => i % 3 === c);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance), min: Math.min(...values), max: Math.max(...values) };
}

function measured(batchSize: number) {
  const figures = dataFigures(shape, 5);
  for (let at = 0; at < n; at += batchSize) {
    const to = at + batchSize;
    figures.add({ x: far.subarray(at * size, to * size), y: labels.subarray(at, to) });
  }
  return figures;
}

describe.each([1, 7, n])('in batches of %i', (batchSize) => {
  const { channels, counts } = measured(batchSize);

  it('are those of the definition', () => {
    expect(channels).toHaveLength(3);
    channels.forEach((channel, c) => {
      const truth = channelOf(far, c);
      expect([channel.min, channel.max]).toEqual([truth.min, truth.max]);
      expect(Math.abs(channel.mean / truth.mean - 1)).toBeLessThan(1e-14);
      expect(Math.abs(channel.std / truth.std - 1)).toBeLessThan(1e-9);
    });
  });

  it('count every label, and classes without examples', () => {
    expect(counts).toEqual([20, 20, 0, 0, 0]);
  });
});

it('has a deviation of 0 for one value alone', () => {
  const figures = dataFigures([1, 1, 1], 2);
  figures.add({ x: Float32Array.of(0.1, 0.1), y: Int32Array.of(1, 1) });
  const [value] = Float32Array.of(0.1);
  expect(figures.channels).toEqual([{ mean: value, std: 0, min: value, max: value }]);
});
