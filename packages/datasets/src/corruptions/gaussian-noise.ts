import { normal } from '@agoge/core';
import { bySeverity } from './by-severity';
import { clipped } from './raster';

/** `clip(x + sigma n)`, `n` standard normal for each value. */
export const gaussianNoise = bySeverity(
  [0.04, 0.06, 0.08, 0.09, 0.1],
  [0.08, 0.12, 0.18, 0.26, 0.38],
  (image, sigma, _, key) => {
    const noise = normal(key, image.data.length);
    return { ...image, data: image.data.map((value, i) => clipped(value + sigma * noise[i])) };
  },
);
