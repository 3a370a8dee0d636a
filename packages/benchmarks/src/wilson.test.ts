import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wilson } from './wilson';

/** R. G. Newcombe, Two-sided confidence intervals for the single proportion, Stat. Med. 17 (1998), table I, method 3. */
it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('wilson(%i, %i)', (successes, n, low, high) => {
  expect(wilson(successes, n).map((each) => Number(each.toFixed(4)))).toEqual([low, high]);
});

it('mirrors, holds the proportion, stays in [0, 1] and closes in on it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
      const k = Math.round(share * n);
      const [low, high] = wilson(k, n);
      const [mirroredLow, mirroredHigh] = wilson(n - k, n);
      expect(low).toBeCloseTo(1 - mirroredHigh, 12);
      expect(high).toBeCloseTo(1 - mirroredLow, 12);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(k / n).toBeGreaterThanOrEqual(low);
      expect(k / n).toBeLessThanOrEqual(high);
      const [narrowLow, narrowHigh] = wilson(4 * k, 4 * n);
      expect(narrowHigh - narrowLow).toBeLessThan(high - low);
    }),
  );
});

it('solves the equation that defines it: the ends lie z standard errors of theirs from the proportion', () => {
  for (const end of wilson(37, 100)) {
    expect(Math.abs(end - 0.37) / Math.sqrt((end * (1 - end)) / 100)).toBeCloseTo(1.959964, 6);
  }
});

it('refuses counts that are none', () => {
  expect(() => wilson(3, 0)).toThrow('wilson: n must be an integer >= 1, got 0');
  expect(() => wilson(3, 2)).toThrow('wilson: successes must be an integer >= 0 and <= 2, got 3');
});
