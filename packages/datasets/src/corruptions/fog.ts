import { bySeverity } from './by-severity';
import { coverOf, plasma } from './plasma';
import { clipped } from './raster';

/** `clip((x + amount cloud) m / (m + amount))`, `m` the image's largest value and the cloud a {@link plasma}. */
export const fog = bySeverity(
  [
    [0.2, 3],
    [0.5, 3],
    [0.75, 2.5],
    [1, 2],
    [1.5, 1.75],
  ],
  [
    [1.5, 2],
    [2, 2],
    [2.5, 1.7],
    [2.5, 1.5],
    [3, 1.4],
  ],
  (image, [amount, decay], _, key) => {
    const { data, height, width, channels } = image;
    const size = coverOf(height, width);
    const cloud = plasma(key, size, decay);
    const most = data.reduce((high, each) => Math.max(high, each), 0);
    const dimmed = most / (most + amount);
    return {
      ...image,
      data: data.map((value, i) => {
        const pixel = Math.floor(i / channels);
        const density = cloud[Math.floor(pixel / width) * size + (pixel % width)];
        return clipped((value + amount * density) * dimmed);
      }),
    };
  },
);
