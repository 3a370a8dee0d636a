import { normal, uniform } from '@agoge/core';
import { zoomed } from './bands';
import { bySeverity } from './by-severity';
import { luma } from './luma';
import { moved } from './motion-blur';
import { clipped, floored, mapped, type Raster } from './raster';

/**
 * Flakes in the wind over a whitened image: normal noise, enlarged, cut below a threshold and blurred in a direction between
 * -135 and -45 degrees, is added together with itself turned by 180 degrees to
 * `keep x + (1 - keep) max(x, 1.5 luma(x) + 0.5)`.
 */
export const snow = bySeverity(
  // [mean, deviation, enlarged, threshold, radius, sigma, keep]
  [
    [0.1, 0.2, 1, 0.6, 8, 3, 0.95],
    [0.1, 0.2, 1, 0.5, 10, 4, 0.9],
    [0.15, 0.3, 1.75, 0.55, 10, 4, 0.9],
    [0.25, 0.3, 2.25, 0.6, 12, 6, 0.85],
    [0.3, 0.3, 1.25, 0.65, 14, 12, 0.8],
  ],
  [
    [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
    [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
    [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
    [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
    [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
  ],
  (image, [mean, deviation, enlarged, threshold, radius, sigma, keep], scale, key) => {
    const { height, width, channels } = image;
    const pixels = height * width;
    const noise = Float64Array.from(normal(key, pixels), (each) => mean + deviation * each);
    const sky: Raster = { data: noise, height, width, channels: 1 };
    const flakes = mapped(zoomed(sky, Math.max(1, enlarged * scale)), (value) =>
      value < threshold ? 0 : floored(value),
    );
    const [angle] = uniform({ ...key, stream: `${key.stream}/angle` }, 1, -135, -45);
    const { data: layer } = moved(flakes, radius * scale, sigma * scale, angle);
    const grey = luma(image);
    const data = image.data.map((value, i) => {
      const pixel = Math.floor(i / channels);
      const white = Math.max(value, 1.5 * grey[pixel] + 0.5);
      return clipped(keep * value + (1 - keep) * white + layer[pixel] + layer[pixels - 1 - pixel]);
    });
    return { ...image, data };
  },
);
