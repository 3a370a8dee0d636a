import { describe, expect, it } from 'vitest';
import type { Image } from './image';
import { bytesOfText, figures, pattern } from './pillow.fixture';
import { type ResizeFilter, resize } from './resize';

const filters: readonly ResizeFilter[] = ['bilinear', 'bicubic'];

describe('resize', () => {
  it.each(figures.resizes)('$from to $to, $filter: as Pillow, to the byte', ({ from, to, filter, data }) => {
    const [width, height] = to;
    const image = resize(pattern(from), width, height, filter as ResizeFilter);
    expect(image).toMatchObject({ width, height, channels: from[2] });
    expect(image.data).toEqual(bytesOfText(data));
  });

  it.each(filters)('%s: an even image stays even, whatever its size becomes', (filter) => {
    const even: Image = { width: 7, height: 5, channels: 3, data: new Uint8Array(105).fill(201) };
    for (const [width, height] of [
      [3, 11],
      [1, 1],
      [20, 2],
    ]) {
      expect(new Set(resize(even, width, height, filter).data)).toEqual(new Set([201]));
    }
  });

  it.each(filters)('%s: turning an image and resizing it is resizing it and turning it, within a byte', (filter) => {
    const turned = ({ width, height, channels, data }: Image): Image => ({
      width: height,
      height: width,
      channels,
      data: Uint8Array.from(data, (_, i) => data[(i % height) * width + Math.floor(i / height)]),
    });
    // Of little contrast: what bicubic makes more than white or less than black is clipped between the axes.
    const image = { ...pattern([13, 9, 1]), data: pattern([13, 9, 1]).data.map((value) => 100 + value / 5) };
    const one = turned(resize(image, 5, 20, filter));
    const other = resize(turned(image), 20, 5, filter);
    const most = Math.max(...one.data.map((value, i) => Math.abs(value - other.data[i])));
    expect(most).toBeLessThanOrEqual(1);
  });

  it('leaves its input as it is', () => {
    const image = pattern([6, 6, 3]);
    resize(image, 3, 3, 'bicubic');
    expect(image).toEqual(pattern([6, 6, 3]));
  });
});
