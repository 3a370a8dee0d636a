import { expect, it } from 'vitest';
import { classFigures, confusionOf } from './class-figures';
import { soundResult } from './gate/gate.fixture';
import { resultFixture } from './result.fixture';
import { wilson } from './wilson';

it('counts by label and answer', () => {
  const result = resultFixture();
  result.records[2] = { ...result.records[2], adversarialPrediction: 1 };
  // Three images of class 0, one of them broken; one of class 1, taken for 0 unattacked.
  expect(confusionOf(result, false)).toEqual([
    [3, 0],
    [1, 0],
  ]);
  expect(confusionOf(result, true)).toEqual([
    [2, 1],
    [1, 0],
  ]);
  expect(classFigures(result)).toEqual([
    { label: 0, n: 3, clean: 1, robust: 2 / 3, interval: wilson(2, 3), takenFor: { label: 1, count: 1 } },
    { label: 1, n: 1, clean: 0, robust: 0, interval: wilson(0, 1), takenFor: { label: 0, count: 1 } },
  ]);
});

it('agrees with the whole: every image once, the robust on the diagonal', () => {
  const result = soundResult();
  const confusion = confusionOf(result, true);
  expect(confusion.flat().reduce((sum, each) => sum + each, 0)).toBe(result.n);
  expect(confusion.reduce((sum, row, i) => sum + row[i], 0) / result.n).toBe(result.robustAccuracy);
  const clean = confusionOf(result, false);
  expect(clean.reduce((sum, row, i) => sum + row[i], 0) / result.n).toBe(result.cleanAccuracy);
  const classes = classFigures(result);
  expect(classes.reduce((sum, { n, robust }) => sum + n * robust, 0)).toBeCloseTo(120, 9);
});

it('leaves out classes without images and answers that no class has', () => {
  const result = soundResult({ n: 5, robust: 2 });
  result.records[3] = { ...result.records[3], adversarialPrediction: 99 };
  expect(classFigures(result).map(({ label }) => label)).toEqual([0, 1, 2, 3, 4]);
  expect(classFigures(result)[3].takenFor).toBeNull();
});
