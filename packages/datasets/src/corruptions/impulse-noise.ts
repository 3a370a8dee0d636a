import { words } from '@agoge/core';
import { bySeverity } from './by-severity';

/** Each value becomes 0 or 1 with probability `amount / 2` each: salt and pepper. */
export const impulseNoise = bySeverity(
  [0.01, 0.02, 0.03, 0.05, 0.07],
  [0.03, 0.06, 0.09, 0.17, 0.27],
  (image, amount, _, key) => {
    const draws = words(key, image.data.length);
    // The upper bits say whether, the lowest which.
    const isStruck = (word: number) => (word >>> 8) * 2 ** -24 < amount;
    return { ...image, data: image.data.map((value, i) => (isStruck(draws[i]) ? draws[i] & 1 : value)) };
  },
);
