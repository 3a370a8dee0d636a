import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apply, pullBack, run } from './linear-map';
import { cropped, type Grid, type Interpolation, resized, sourceOf } from './resize';
import { values } from './values';

const row = (to: number, grid: Grid, interpolation: Interpolation, ...x: number[]) => [
  ...apply(resized([1, 1, x.length, 1], [1, to], grid, interpolation), x),
];

describe('resized, one row', () => {
  it('doubles', () => {
    expect(row(4, 'half-pixel centres', 'bilinear', 0, 4)).toEqual([0, 1, 3, 4]);
    expect(row(4, 'top left', 'bilinear', 0, 4)).toEqual([0, 2, 4, 4]);
    expect(row(4, 'corners aligned', 'bilinear', 0, 3)).toEqual([0, 1, 2, 3]);
  });

  it('halves', () => {
    expect(row(2, 'half-pixel centres', 'bilinear', 0, 2, 6, 8)).toEqual([1, 7]);
    expect(row(2, 'top left', 'bilinear', 0, 2, 6, 8)).toEqual([0, 6]);
    expect(row(2, 'corners aligned', 'bilinear', 0, 2, 6, 8)).toEqual([0, 8]);
  });

  it('takes the nearest', () => {
    expect(row(2, 'top left', 'nearest', 0, 1, 2)).toEqual([0, 1]);
    expect(row(2, 'half-pixel centres', 'nearest', 0, 1, 2)).toEqual([0, 2]);
    expect(row(6, 'half-pixel centres', 'nearest', 0, 1, 2)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(row(4, 'corners aligned', 'nearest', 0, 1)).toEqual([0, 0, 1, 1]);
  });

  it('goes to one pixel and comes from one', () => {
    expect(row(1, 'corners aligned', 'bilinear', 1, 2, 9)).toEqual([1]);
    expect(row(1, 'half-pixel centres', 'bilinear', 1, 2, 9)).toEqual([2]);
    expect(row(3, 'corners aligned', 'nearest', 5)).toEqual([5, 5, 5]);
  });
});

describe.each<Grid>(['half-pixel centres', 'top left', 'corners aligned'])('%s', (grid) => {
  it('leaves an image of the same size as it is', () => {
    const x = values(24, 1);
    for (const interpolation of ['bilinear', 'nearest'] as const) {
      expect([...apply(resized([2, 3, 2, 2], [3, 2], grid, interpolation), x)]).toEqual([...x]);
    }
  });

  it('leaves a plane a plane, within the image', () => {
    const [height, width] = [5, 4];
    const plane = (y: number, x: number) => 2 * y - 3 * x + 1;
    const x = run(height * width).map((i) => plane(Math.floor(i / width), i % width));
    const y = apply(resized([1, height, width, 1], [7, 9], grid, 'bilinear'), x);
    const clamp = (point: number, size: number) => Math.min(Math.max(point, 0), size - 1);
    for (let i = 0; i < 7; i++) {
      for (let j = 0; j < 9; j++) {
        const [sourceY, sourceX] = [sourceOf(i, height, 7, grid), sourceOf(j, width, 9, grid)];
        expect(y[i * 9 + j]).toBeCloseTo(plane(clamp(sourceY, height), clamp(sourceX, width)), 12);
      }
    }
  });
});

describe('cropped', () => {
  const image = run(9);
  const cut = (corners: [number, number, number, number], size: [number, number], how: Interpolation = 'bilinear') => [
    ...apply(cropped([1, 3, 3, 1], [{ image: 0, corners }], size, how, -1), image),
  ];

  it('is the image for the whole box, upside down for one upside down', () => {
    expect(cut([0, 0, 1, 1], [3, 3])).toEqual(image);
    expect(cut([1, 0, 0, 1], [3, 3])).toEqual([6, 7, 8, 3, 4, 5, 0, 1, 2]);
    expect(cut([1, 0, 0, 1], [3, 3], 'nearest')).toEqual([6, 7, 8, 3, 4, 5, 0, 1, 2]);
  });

  it('takes the middle of the box for one pixel', () => {
    expect(cut([0, 0, 1, 1], [1, 1])).toEqual([4]);
    expect(cut([0, 0, 0.5, 0.5], [1, 1])).toEqual([2]);
  });

  it('puts the constant outside', () => {
    expect(cut([0, -0.5, 0, 0.5], [1, 3])).toEqual([-1, 0, 1]);
    expect(cut([2, 2, 3, 3], [1, 2])).toEqual([-1, -1]);
  });
});

const file = new URL('../../../../../../shared/golden/ops.json', import.meta.url);
const found = existsSync(file);

interface Upsampling {
  op: string;
  name: string;
  mode: Interpolation;
  half_pixel_centers: boolean;
  x: number[][][][];
  y: number[][][][];
  dx: number[][][][];
  dy: number[][][][];
}

it.skipIf(!found)('agrees with PyTorch in float64, forward and gradient (needs ../shared/golden/ops.json)', () => {
  const cases: Upsampling[] = JSON.parse(readFileSync(file, 'utf8')).cases.filter(
    ({ op }: Upsampling) => op === 'upsample',
  );
  expect(cases.length).toBe(4);
  for (const { name, mode, half_pixel_centers: half, x, y, dx, dy } of cases) {
    const grid = half ? 'half-pixel centres' : 'top left';
    const input = [x.length, x[0].length, x[0][0].length, x[0][0][0].length] as const;
    const map = resized(input, [y[0].length, y[0][0].length], grid, mode);
    const close = (actual: Float64Array, expected: number[]) => {
      expect(actual.length, name).toBe(expected.length);
      for (const [i, each] of expected.entries()) expect(actual[i], name).toBeCloseTo(each, 7);
    };
    close(apply(map, x.flat(3)), y.flat(3));
    close(pullBack(map, dy.flat(3), x.flat(3).length), dx.flat(3));
  }
});
