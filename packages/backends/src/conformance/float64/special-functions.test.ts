import { describe, expect, it } from 'vitest';
import { erf, erfSlope, roundHalfToEven, sigmoid, softplus, tanhSlope } from './special-functions';

describe('erf', () => {
  // Abramowitz and Stegun, Handbook of Mathematical Functions, table 7.1, and its series at the small one.
  it.each([
    [1e-8, 1.1283791670955126e-8],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
  ])('of %f', (x, digits) => {
    expect(Math.abs(erf(x) / digits - 1)).toBeLessThan(1e-15);
    expect(erf(-x)).toBe(-erf(x));
  });

  it('meets its bounds', () => {
    expect(erf(5.999999)).toBeCloseTo(1, 15);
    expect([erf(0), erf(6), erf(-1e4), erf(Number.POSITIVE_INFINITY), erf(Number.NaN)]).toEqual([0, 1, -1, 1, NaN]);
  });
});

it.each([
  ['erf', erf, erfSlope],
  ['softplus', softplus, sigmoid],
  ['tanh', Math.tanh, tanhSlope],
] as const)("%s' is the slope of central differences", (_, f, slope) => {
  for (const x of [-5, -1, -0.1, 0, 0.3, 2, 5]) expect((f(x + 1e-5) - f(x - 1e-5)) / 2e-5).toBeCloseTo(slope(x), 9);
});

it('softplus neither overflows nor vanishes', () => {
  expect([softplus(1000), softplus(Number.NEGATIVE_INFINITY)]).toEqual([1000, 0]);
  expect(softplus(-100) / Math.exp(-100)).toBeCloseTo(1, 14);
  expect(softplus(0)).toBeCloseTo(Math.LN2, 15);
});

it('halves round to the even neighbour', () => {
  expect([-2.5, -1.5, -0.6, 0.5, 1.5, 2.5, 2.6, 3.4].map(roundHalfToEven)).toEqual([-2, -2, -1, 0, 2, 2, 3, 3]);
});
