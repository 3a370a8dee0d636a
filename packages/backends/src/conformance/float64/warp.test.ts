import { describe, expect, it } from 'vitest';
import { apply, run } from './linear-map';
import { type Outside, type Projection, projected, rotated, warped } from './warp';

const image = run(9);
const shown = (projection: Projection, outside: Outside = 'constant', x = image) => [
  ...apply(
    warped(
      [1, 3, x.length / 3, 1],
      [3, x.length / 3],
      (i, j) => projected(projection, i, j),
      'bilinear',
      outside,
      () => -1,
    ),
    x,
  ),
];
const shift = (x: number, y: number): Projection => [1, 0, x, 0, 1, y, 0, 0];

describe('warped', () => {
  it('shows at each pixel the point of the input that the projection names', () => {
    expect(shown(shift(0, 0))).toEqual(image);
    expect(shown(shift(0.5, 0)).filter((_, i) => i % 3 < 2)).toEqual([0.5, 1.5, 3.5, 4.5, 6.5, 7.5]);
    expect(shown([0, 1, 0, 1, 0, 0, 0, 0])).toEqual([0, 3, 6, 1, 4, 7, 2, 5, 8]);
    expect(projected([2, 0, 0, 0, 2, 0, 0.5, 0], 2, 3)).toEqual([2, 3]);
  });

  it('continues the image by the constant, in part at the border, or by its own pixels', () => {
    expect(shown(shift(2, 0))).toEqual([2, -1, -1, 5, -1, -1, 8, -1, -1]);
    expect(shown(shift(0.5, 0))[2]).toBe((2 - 1) / 2);
    expect(shown(shift(2, 0), 'nearest')).toEqual([2, 2, 2, 5, 5, 5, 8, 8, 8]);
    expect(shown(shift(2, 0), 'reflect')).toEqual([2, 2, 1, 5, 5, 4, 8, 8, 7]);
    expect(shown(shift(2, 0), 'wrap')).toEqual([2, 0, 1, 5, 3, 4, 8, 6, 7]);
    expect(shown(shift(-4, 0), 'reflect')).toEqual([2, 2, 1, 5, 5, 4, 8, 8, 7]);
    expect(shown(shift(-4, 0), 'wrap')).toEqual([2, 0, 1, 5, 3, 4, 8, 6, 7]);
  });
});

it('rotates a square about its middle counter-clockwise', () => {
  const turned = (radians: number) => [
    ...apply(warped([1, 3, 3, 1], [3, 3], rotated(radians, 1, 1), 'nearest', 'constant'), image),
  ];
  expect(turned(Math.PI / 2)).toEqual([2, 5, 8, 1, 4, 7, 0, 3, 6]);
  expect(turned(Math.PI)).toEqual([...image].reverse());
});
