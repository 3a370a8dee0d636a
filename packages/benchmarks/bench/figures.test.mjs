import { expect, it } from 'vitest';
import { gigaflops, median, overhead, quantile, speedRatio, spread } from './figures.mjs';

it('quantiles lie between the numbers, whatever their order', () => {
  expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
  expect(median([10, 2])).toBe(6);
  expect(spread([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
  expect(spread([7])).toEqual({ median: 7, low: 7, high: 7 });
  expect(median([])).toBeNaN();
  const numbers = [3, 1, 2];
  median(numbers);
  expect(numbers).toEqual([3, 1, 2]);
});

it('ratios are of the rounds that both took part in', () => {
  // The machine is half as fast in the second round: a ratio of medians over all rounds would not be 2.
  expect(speedRatio([10, 20, undefined], [20, 40, 99])).toBe(2);
  expect(speedRatio([10, 10, 10], [5, 20, 40])).toBe(2);
  expect(speedRatio([10], [undefined])).toBeNaN();
});

it('rates and overheads are their formulas', () => {
  expect(gigaflops(2 * 2048 ** 3, 100)).toBeCloseTo(171.8, 1);
  expect(overhead(200, 190)).toEqual({ ms: 10, share: 0.05 });
});
