import { type RandomKey, uniform } from '@agoge/core';
import { blurred } from './bands';
import { bySeverity } from './by-severity';
import { clipped, type Edge, inside, mapped, type Raster } from './raster';

/**
 * Stretched twice: by the affine map that moves three points around the middle by up to `shift` pixels each way, and by a
 * field of displacements, uniform from -1 to 1, blurred by a Gaussian of `sigma` pixels and multiplied by `amount`. Both
 * times by linear interpolation.
 */
export const elasticTransform = bySeverity(
  // [amount, sigma, shift] in pixels
  [
    [0, 0, 2.56],
    [1.6, 6.4, 2.24],
    [2.56, 1.92, 1.92],
    [3.2, 1.28, 1.6],
    [3.2, 0.96, 0.96],
  ],
  [
    [488, 170.8, 24.4],
    [488, 19.52, 48.8],
    [12.2, 2.44, 4.88],
    [17.08, 2.44, 4.88],
    [29.28, 2.44, 4.88],
  ],
  (image, [amount, sigma, shift], scale, key) => {
    const { height, width } = image;
    const stretched = affine(image, shift * scale, { ...key, stream: `${key.stream}/affine` });
    const field = (axis: string): Float64Array => {
      const data = Float64Array.from(uniform({ ...key, stream: `${key.stream}/${axis}` }, height * width, -1, 1));
      return blurred({ data, height, width, channels: 1 }, sigma * scale, 'reflect', 3).data;
    };
    const [right, down] = [field('right'), field('down')];
    const reach = amount * scale;
    const moved = resampled(stretched, 'reflect', (row, column) => {
      const pixel = row * width + column;
      return [row + reach * down[pixel], column + reach * right[pixel]];
    });
    return mapped(moved, clipped);
  },
);

/** Moves three corners of the square around the middle, and the image with them; the border is mirrored. */
function affine(image: Raster, shift: number, key: RandomKey): Raster {
  const { height, width } = image;
  const [x, y] = [Math.floor(width / 2), Math.floor(height / 2)];
  const side = Math.floor(Math.min(height, width) / 3);
  if (side === 0) return image;
  const moves = uniform(key, 6, -shift, shift);
  const old = [
    [x + side, y + side],
    [x + side, y - side],
    [x - side, y - side],
  ];
  const now = old.map(([right, down], i) => [right + moves[2 * i], down + moves[2 * i + 1]]);
  // Where a point lies along the two legs of the moved triangle tells where it came from.
  const [a, b, c] = now;
  const [legX, legY] = [c[0] - b[0], c[1] - b[1]];
  const [otherX, otherY] = [a[0] - b[0], a[1] - b[1]];
  const area = legX * otherY - legY * otherX;
  return resampled(image, 'mirror', (row, column) => {
    const [right, down] = [column - b[0], row - b[1]];
    const along = (right * otherY - down * otherX) / area;
    const aside = (down * legX - right * legY) / area;
    return [thirtySecond(y - side + 2 * side * aside), thirtySecond(x + side - 2 * side * along)];
  });
}

/** OpenCV, by which the original maps, interpolates between 32nds of a pixel. */
const thirtySecond = (place: number) => Math.round(place * 32) / 32;

/** Each pixel taken from where `from` says, between pixels by linear interpolation. */
function resampled(
  image: Raster,
  edge: Edge,
  from: (row: number, column: number) => readonly [row: number, column: number],
): Raster {
  const { data, height, width, channels } = image;
  const out = new Float64Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [down, right] = from(row, column);
      const [top, left] = [Math.floor(down), Math.floor(right)];
      const [v, u] = [down - top, right - left];
      const above = inside(top, height, edge) * width;
      const below = inside(top + 1, height, edge) * width;
      const before = inside(left, width, edge);
      const after = inside(left + 1, width, edge);
      for (let c = 0; c < channels; c++) {
        const upper = data[(above + before) * channels + c] * (1 - u) + data[(above + after) * channels + c] * u;
        const lower = data[(below + before) * channels + c] * (1 - u) + data[(below + after) * channels + c] * u;
        out[(row * width + column) * channels + c] = upper * (1 - v) + lower * v;
      }
    }
  }
  return { ...image, data: out };
}
