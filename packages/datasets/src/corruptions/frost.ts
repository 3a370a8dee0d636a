import { type RandomKey, uniform, words } from '@agoge/core';
import { bySeverity } from './by-severity';
import { coverOf, plasma } from './plasma';
import { clipped } from './raster';

/**
 * `clip(kept x + amount ice)`: "frost (procedural)".
 *
 * The original crops photographs of frozen panes at random; here the ice is drawn, needles over a cloud, with colours as bright
 * and as far apart as those photographs' (means of 0.45 to 0.8, deviation within a crop about 0.09). Accuracy on it is not
 * accuracy on CIFAR-10-C's frost.
 */
export const frost = bySeverity(
  [
    [1, 0.2],
    [1, 0.3],
    [0.9, 0.4],
    [0.85, 0.4],
    [0.75, 0.45],
  ],
  [
    [1, 0.4],
    [0.8, 0.6],
    [0.7, 0.7],
    [0.65, 0.7],
    [0.6, 0.75],
  ],
  (image, [kept, amount], _, key) => {
    const { data, height, width, channels } = image;
    const colour = colourOf(key, channels);
    const relief = reliefOf(key, height, width);
    return {
      ...image,
      data: data.map((value, i) => {
        const ice = clipped(colour[i % channels] + contrast * relief[Math.floor(i / channels)]);
        return clipped(kept * value + amount * ice);
      }),
    };
  },
);

/** Deviation of the ice within an image. */
const contrast = 0.09;
const darkest = [0.37, 0.53, 0.59];
const palest = [0.79, 0.8, 0.84];

function colourOf(key: RandomKey, channels: number): number[] {
  const [pale] = uniform({ ...key, stream: `${key.stream}/colour` }, 1);
  const colour = darkest.map((dark, c) => dark + pale * (palest[c] - dark));
  return channels === 1 ? [colour.reduce((sum, each) => sum + each / 3, 0)] : colour;
}

/** Needles that grow in three directions from random places, and a cloud: mean 0, deviation 1. */
function reliefOf(key: RandomKey, height: number, width: number): Float64Array {
  const needles = new Float64Array(height * width);
  const count = Math.ceil((height * width) / 48);
  const draws = words({ ...key, stream: `${key.stream}/needles` }, 4 * count);
  const turn = (draws[0] * 2 ** -32 * Math.PI) / 3;
  const longest = Math.max(2, Math.min(height, width) / 4);
  for (let needle = 0; needle < count; needle++) {
    const [place, direction, long, bright] = draws.subarray(4 * needle, 4 * needle + 4);
    const angle = turn + ((direction % 6) * Math.PI) / 3;
    const length = 1 + Math.floor(long * 2 ** -32 * longest);
    for (let step = 0; step < length; step++) {
      const row = Math.floor((place >>> 16) * 2 ** -16 * height + step * Math.sin(angle));
      const column = Math.floor((place & 0xffff) * 2 ** -16 * width + step * Math.cos(angle));
      if (row < 0 || row >= height || column < 0 || column >= width) break;
      needles[row * width + column] += bright * 2 ** -32 * (1 - step / length);
    }
  }
  const size = coverOf(height, width);
  const cloud = plasma({ ...key, stream: `${key.stream}/cloud` }, size, 1.5);
  const clouds = needles.map((_, i) => cloud[Math.floor(i / width) * size + (i % width)]);
  const [a, b] = [standard(needles), standard(clouds)];
  return standard(a.map((value, i) => value + b[i]));
}

/** Less its mean, over its deviation. */
function standard(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, each) => sum + each / values.length, 0);
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2 / values.length, 0);
  const deviation = Math.sqrt(variance) || 1;
  return values.map((each) => (each - mean) / deviation);
}
