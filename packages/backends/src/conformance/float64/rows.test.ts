import { describe, expect, it } from 'vitest';
import {
  axesOf,
  largest,
  logSumExp,
  mapped,
  reduced,
  reducedShape,
  rows,
  running,
  smallest,
  softmax,
  sum,
} from './rows';

const shape = [2, 3, 2];

describe('rows', () => {
  it('run over the axes that are reduced', () => {
    expect(rows(shape, [1])).toEqual([
      [0, 2, 4],
      [1, 3, 5],
      [6, 8, 10],
      [7, 9, 11],
    ]);
    expect(rows(shape, [2, 0])).toEqual([
      [0, 1, 6, 7],
      [2, 3, 8, 9],
      [4, 5, 10, 11],
    ]);
    expect(rows([], [])).toEqual([[0]]);
  });

  it('are empty where an axis is', () => {
    expect(rows([0, 2], [0])).toEqual([[], []]);
    expect(rows([0, 2], [1])).toEqual([]);
  });

  it('have the shape that is left', () => {
    expect(axesOf(shape)).toEqual([0, 1, 2]);
    expect(axesOf(shape, [-1, 0])).toEqual([2, 0]);
    expect(reducedShape(shape, [2, 0], false)).toEqual([3]);
    expect(reducedShape(shape, [2, 0], true)).toEqual([1, 3, 1]);
  });

  it('are reduced, and mapped in their places', () => {
    const x = [1, 2, 3, 4, 5, 6];
    expect(Array.from(reduced(x, rows([2, 3], [0]), sum))).toEqual([5, 7, 9]);
    expect(Array.from(mapped(x, rows([2, 3], [0]), (row, which) => row.map((value) => value * which)))).toEqual([
      0, 2, 6, 0, 5, 12,
    ]);
  });
});

it('running totals of both kinds, from both ends', () => {
  const totals = (exclusive: boolean, reverse: boolean) =>
    running([1, 2, 3], (total, value) => total + value, 0, { exclusive, reverse });
  expect(totals(false, false)).toEqual([1, 3, 6]);
  expect(totals(true, false)).toEqual([0, 1, 3]);
  expect(totals(false, true)).toEqual([6, 5, 3]);
  expect(totals(true, true)).toEqual([5, 3, 0]);
});

it('softmax and its logarithm do not overflow', () => {
  expect(softmax([1000, 1000, -1000])).toEqual([0.5, 0.5, 0]);
  expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.LN2, 12);
  expect(logSumExp([-1000])).toBe(-1000);
  expect(softmax([0, Math.log(3)])[1]).toBeCloseTo(0.75, 15);
});

it('extremes pass NaN on', () => {
  expect([largest([1, 3, 2]), smallest([1, -3, 2])]).toEqual([3, -3]);
  expect([largest([1, Number.NaN, 2]), smallest([1, Number.NaN, 2])]).toEqual([Number.NaN, Number.NaN]);
});
