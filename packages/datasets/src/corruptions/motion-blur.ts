import { uniform } from '@agoge/core';
import { bySeverity } from './by-severity';
import { correlate, type Tap } from './correlate';
import { mapped, type Raster } from './raster';

/** Moved while the shutter was open, in a direction between -45 and 45 degrees; in bytes. */
export const motionBlur = bySeverity(
  [
    [6, 1],
    [6, 1.5],
    [6, 2],
    [8, 2],
    [9, 2.5],
  ],
  [
    [10, 3],
    [15, 5],
    [15, 8],
    [15, 12],
    [20, 15],
  ],
  (image, [radius, sigma], scale, key) => {
    const [angle] = uniform(key, 1, -45, 45);
    return moved(image, radius * scale, sigma * scale, angle);
  },
);

/**
 * Half a Gaussian window `exp(-i^2 / (2 sigma^2))`, `i` from 0 to `2 ceil(radius)`, normalised and laid along a direction,
 * each place at its nearest pixel; the border's pixels go on outside. The result is rounded to 65535ths and then down to
 * 255ths, as ImageMagick's motion blur of bytes is.
 *
 * @param angle degrees, clockwise from the right
 */
export function moved(image: Raster, radius: number, sigma: number, angle: number): Raster {
  const length = 2 * Math.ceil(radius) + 1;
  const weights = Float64Array.from({ length }, (_, i) => Math.exp(-(i ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((sum, each) => sum + each, 0);
  const turn = (angle * Math.PI) / 180;
  const taps = Array.from(weights, (weight, i): Tap => {
    return {
      down: Math.ceil(i * Math.sin(turn) - 0.5),
      right: Math.ceil(i * Math.cos(turn) - 0.5),
      weight: weight / total,
    };
  });
  return mapped(correlate(image, taps, 'nearest'), (value) => Math.floor(Math.round(value * 65535) / 257) / 255);
}
