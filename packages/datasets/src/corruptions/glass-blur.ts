import { words } from '@agoge/core';
import { blurred } from './bands';
import { bySeverity } from './by-severity';
import { clipped, floored, mapped } from './raster';

/**
 * Seen through frosted glass: a Gaussian blur, pixels taken from random neighbours, the blur again.
 *
 * Pixels are visited from the bottom right to the top left; each is overwritten by the one `(down, right)` away, both uniform
 * from `-reach` to `reach - 1`. (The published code means to swap the two, but its arrays are views, and it copies: its files,
 * and these images, are those of copying.)
 */
export const glassBlur = bySeverity(
  [
    [0.05, 1, 1],
    [0.25, 1, 1],
    [0.4, 1, 1],
    [0.25, 1, 2],
    [0.4, 1, 2],
  ],
  [
    [0.7, 1, 2],
    [0.9, 2, 1],
    [1, 2, 3],
    [1.1, 3, 2],
    [1.5, 4, 2],
  ],
  (image, [sigma, away, rounds], scale, key) => {
    const { height, width, channels } = image;
    const reach = Math.max(1, Math.round(away * scale));
    const first = mapped(blurred(image, sigma * scale, 'nearest'), floored);
    const { data } = first;
    const visited = Math.max(0, height - 2 * reach) * Math.max(0, width - 2 * reach);
    const draws = words(key, 2 * visited * rounds);
    let drawn = 0;
    for (let round = 0; round < rounds; round++) {
      for (let row = height - reach; row > reach; row--) {
        for (let column = width - reach; column > reach; column--) {
          const right = (draws[drawn++] % (2 * reach)) - reach;
          const down = (draws[drawn++] % (2 * reach)) - reach;
          const from = ((row + down) * width + column + right) * channels;
          data.copyWithin((row * width + column) * channels, from, from + channels);
        }
      }
    }
    return mapped(blurred(first, sigma * scale, 'nearest'), clipped);
  },
);
