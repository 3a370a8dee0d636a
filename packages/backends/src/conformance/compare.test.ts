import { expect, it } from 'vitest';
import { compare, toleranceOf } from './compare';
import { sigmoid } from './float64/special-functions';
import type { KernelCase, Precision } from './kernel-case';

const toleranceAs = (precision: Precision, backend = 'cpu') => toleranceOf({ precision } as KernelCase, backend);
const verdict = (precision: Precision, actual: number, expected: number, terms?: number) =>
  compare([actual], [expected], toleranceAs(precision), terms === undefined ? undefined : [terms]).wrong === undefined;

it('holds tails to as many digits as other numbers', () => {
  const tail = [-18, -40, -80].map(sigmoid);
  const off = (by: number) => tail.map((each) => Math.fround(each * (1 + by)));
  const tolerance = toleranceAs('transcendental');
  expect(compare(off(1e-5), tail, tolerance).wrong).toBeUndefined();
  expect(compare(off(4e-5), tail, tolerance).wrong).toMatchObject({ at: 0, expected: tail[0] });
  expect(compare([0, 0, 0], tail, tolerance)).toEqual({ error: 1, wrong: { at: 0, actual: 0, expected: tail[0] } });
  expect(compare(off(4e-5), tail, toleranceAs('transcendental', 'webgpu')).wrong).toBeUndefined();
});

it('holds products and quotients to their rounding, however small they are', () => {
  expect(verdict('rounded', 1e-30 * (1 + 2 ** -22), 1e-30)).toBe(true);
  expect(verdict('rounded', 1e-30 * (1 + 2 ** -18), 1e-30)).toBe(false);
});

it('lets numbers below the smallest normal one be 0, but for those that must be exact', () => {
  expect(verdict('transcendental', 0, 1.1e-38)).toBe(true);
  expect(verdict('transcendental', -1e-40, 1.1e-38)).toBe(true);
  expect(verdict('transcendental', 0, 1.2e-38)).toBe(false);
  expect(verdict('transcendental', 2e-38, 0)).toBe(false);
  expect(verdict('exact', 0, 1e-40)).toBe(false);
});

it('measures what cancels by its terms', () => {
  expect(verdict('transcendental', 1e-5, 0)).toBe(false);
  expect(verdict('transcendental', 1e-5, 0, 1)).toBe(true);
  expect(verdict('transcendental', 1e-5, 0, 0.1)).toBe(false);
  expect(verdict('transcendental', 100.001, 100, 1)).toBe(true);
});

it.each<[actual: number, expected: number]>([
  [3.4e38, Number.POSITIVE_INFINITY],
  [Number.POSITIVE_INFINITY, 3.4e38],
  [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  [0, Number.NaN],
  [Number.NaN, 0],
])('takes %d for %d at no precision', (actual, expected) => {
  for (const precision of ['exact', 'rounded', 'arithmetic', 'transcendental'] as const) {
    expect(verdict(precision, actual, expected)).toBe(false);
  }
});

it('tells the error relative to what is expected, or to 1 where the tolerance is absolute too', () => {
  expect(compare([1.5e-3], [1e-3], toleranceAs('transcendental')).error).toBeCloseTo(0.5, 9);
  expect(compare([1.5e-3], [1e-3], toleranceAs('arithmetic')).error).toBeCloseTo(5e-4, 9);
  expect(compare([Number.NaN], [1], toleranceAs('arithmetic')).error).toBe(Number.POSITIVE_INFINITY);
});
