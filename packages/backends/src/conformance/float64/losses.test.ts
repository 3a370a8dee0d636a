import { expect, it } from 'vitest';
import { crossEntropy, type Loss, logitsRatio } from './losses';

const losses: Record<string, Loss> = { crossEntropy, logitsRatio };
const rows = [
  [0.5, -0.25, 1, 0.125],
  [4, 1.5, 0.25, -2],
];

it.each(Object.entries(losses))('the gradient of %s is that of central differences', (_, { value, gradient }) => {
  const h = 1e-5;
  for (const row of rows) {
    const moved = (k: number, by: number) =>
      value(
        row.map((each, i) => (i === k ? each + by : each)),
        2,
      );
    const slopes = row.map((_, k) => (moved(k, h) - moved(k, -h)) / (2 * h));
    for (const [k, each] of gradient(row, 2).entries()) expect(each).toBeCloseTo(slopes[k], 7);
  }
});

it('the cross entropy is -log softmax, and keeps its digits where that is 0', () => {
  const [row] = rows;
  const total = row.reduce((sum, each) => sum + Math.exp(each), 0);
  expect(crossEntropy.value(row, 1)).toBeCloseTo(-Math.log(Math.exp(row[1]) / total), 12);
  expect(crossEntropy.value([60, 0, 0], 0) / (2 * Math.exp(-60))).toBeCloseTo(1, 12);
});

it('the ratio is -(z_y - max of the others) / (z_(1) - z_(3))', () => {
  expect(logitsRatio.value([4, 1.5, 0.25, -2], 0)).toBeCloseTo(-2.5 / 3.75, 9);
  expect(logitsRatio.value([4, 1.5, 0.25, -2], 3)).toBeCloseTo(6 / 3.75, 9);
});
