import { describe, expect, it } from 'vitest';
import { apply, copied, flat, picked, placeOf, pullBack, run, sizeOf } from './linear-map';
import { resized } from './resize';
import { values } from './values';

describe('places', () => {
  it('number the elements row by row', () => {
    expect(flat([1, 2, 3], [2, 3, 4])).toBe(23);
    expect(placeOf(17, [2, 3, 4])).toEqual([1, 1, 1]);
    expect(placeOf(0, [])).toEqual([]);
    expect(sizeOf([])).toBe(1);
    expect(run(3, 5, -2)).toEqual([5, 3, 1]);
  });
});

describe('apply', () => {
  it('picks along each axis, with a constant outside', () => {
    const map = picked(
      [2, 3],
      [
        [1, -1],
        [2, 0, 0],
      ],
      7,
    );
    expect([...apply(map, [1, 2, 3, 4, 5, 6])]).toEqual([6, 4, 4, 7, 7, 7]);
  });

  it('copies what is not finite', () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, -0, Number.NEGATIVE_INFINITY];
    const reversed = copied([4], ([i]) => 3 - i);
    expect([...apply(reversed, odd)]).toEqual([...odd].reverse());
    expect([...apply(picked([1], [[0, -1]], Number.NaN), [2])]).toEqual([2, Number.NaN]);
  });

  it('fills what the weights lack of 1', () => {
    const halfOutside = { shape: [1], taps: () => [[0, 0.25] as const], fill: () => 8 };
    expect([...apply(halfOutside, [4])]).toEqual([1 + 6]);
  });
});

describe('pullBack', () => {
  it("is the transpose: <W x, dy> = <x, W' dy>", () => {
    const maps = [
      picked(
        [5, 3],
        [
          [4, 0, 4, -1],
          [2, 2, 0],
        ],
      ),
      resized([1, 5, 3, 1], [7, 4], 'half-pixel centres', 'bilinear'),
    ];
    const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      run(a.length).reduce((sum, i) => sum + a[i] * b[i], 0);
    for (const map of maps) {
      const x = values(15, 1);
      const dy = values(sizeOf(map.shape), 2);
      expect(inner(apply(map, x), dy)).toBeCloseTo(inner(x, pullBack(map, dy, x.length)), 12);
    }
  });

  it('adds where an element is taken twice', () => {
    expect([...pullBack(picked([3], [[2, 0, 2, -1]]), [1, 2, 3, 4], 3)]).toEqual([2, 0, 4]);
  });
});
