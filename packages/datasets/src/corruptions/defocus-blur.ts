import { bySeverity } from './by-severity';
import { correlate, type Tap } from './correlate';
import { inside } from './raster';

/** Correlation with a disc, its edge softened: the image of a point out of focus. The border is mirrored. */
export const defocusBlur = bySeverity(
  [
    [0.3, 0.4],
    [0.4, 0.5],
    [0.5, 0.6],
    [1, 0.2],
    [1.5, 0.1],
  ],
  [
    [3, 0.1],
    [4, 0.5],
    [6, 0.5],
    [8, 0.5],
    [10, 0.5],
  ],
  (image, [radius, soft], scale) => correlate(image, disc(radius * scale, soft * scale), 'mirror'),
);

/**
 * A disc of sum 1 on a grid of -8 to 8 (of its own radius, where that is more), blurred by a Gaussian window of 3 x 3
 * (5 x 5) that is mirrored at the grid's edge, as the original makes it.
 */
function disc(radius: number, soft: number): Tap[] {
  const [reach, half] = radius <= 8 ? [8, 1] : [Math.ceil(radius), 2];
  const size = 2 * reach + 1;
  const grid = Float64Array.from({ length: size * size }, (_, i) => {
    const [row, column] = [Math.floor(i / size) - reach, (i % size) - reach];
    return row ** 2 + column ** 2 <= radius ** 2 ? 1 : 0;
  });
  const area = grid.reduce((sum, each) => sum + each, 0);
  const window = Float64Array.from({ length: 2 * half + 1 }, (_, k) => Math.exp(-((k - half) ** 2) / (2 * soft ** 2)));
  const total = window.reduce((sum, each) => sum + each, 0);
  const taps: Tap[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let weight = 0;
      for (let u = -half; u <= half; u++) {
        for (let v = -half; v <= half; v++) {
          const from = inside(row + u, size, 'mirror') * size + inside(column + v, size, 'mirror');
          weight += (window[u + half] * window[v + half] * grid[from]) / (total * total * area);
        }
      }
      if (weight > 0) taps.push({ down: row - reach, right: column - reach, weight });
    }
  }
  return taps;
}
