import { words } from '@agoge/core';
import { bySeverity } from './by-severity';
import { clipped } from './raster';

/** `clip(k / c)`, `k` drawn from the Poisson distribution of mean `c x` for each value, by inversion of a 32-bit word. */
export const shotNoise = bySeverity([500, 250, 100, 75, 50], [60, 25, 12, 5, 3], (image, count, _, key) => {
  const draws = words(key, image.data.length);
  return {
    ...image,
    data: image.data.map((value, i) => clipped(poisson((draws[i] + 0.5) * 2 ** -32, count * value) / count)),
  };
});

/** The least `k` whose distribution function reaches `u`. */
function poisson(u: number, mean: number): number {
  let probability = Math.exp(-mean);
  let sum = probability;
  let k = 0;
  // The sum falls short of 1 by rounding: far out, nothing is added any more.
  while (sum < u && (k < mean || probability > 0)) {
    k += 1;
    probability *= mean / k;
    sum += probability;
  }
  return k;
}
