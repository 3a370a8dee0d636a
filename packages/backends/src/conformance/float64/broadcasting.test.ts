import { expect, it } from 'vitest';
import { broadcastShape, sources, summed } from './broadcasting';

it('repeats sizes of 1 and missing axes', () => {
  expect(broadcastShape([2, 1, 3], [4, 1])).toEqual([2, 4, 3]);
  expect(broadcastShape([], [5])).toEqual([5]);
  expect(broadcastShape([0, 3], [1])).toEqual([0, 3]);
});

it('says which element stands where', () => {
  expect(Array.from(sources([2, 1], [2, 3]))).toEqual([0, 0, 0, 1, 1, 1]);
  expect(Array.from(sources([3], [2, 3]))).toEqual([0, 1, 2, 0, 1, 2]);
  expect(Array.from(sources([2, 1, 2], [2, 2, 2]))).toEqual([0, 1, 0, 1, 2, 3, 2, 3]);
  expect(Array.from(sources([], [3]))).toEqual([0, 0, 0]);
});

it('sums what stands at all places of an element', () => {
  expect(Array.from(summed([1, 2, 3, 4, 5, 6], sources([3], [2, 3]), 3))).toEqual([5, 7, 9]);
  expect(Array.from(summed([], sources([3], [0, 3]), 3))).toEqual([0, 0, 0]);
});
