import type { Tolerance } from './compare';

/**
 * How near a float32 sum of products must come to its value, where the factors are spread evenly over [-scale, scale] and [-1, 1].
 *
 * A partial sum of k terms is of the size `scale sqrt(k) / 3`, and each addition rounds it by `2^-24 / sqrt(3)` of that, so that
 * a running sum of n terms is off by `2^-24 n / 7.3`, as a standard deviation. Six of them are allowed, so that none in the
 * thousands of a result lies outside, and at least `arithmetic`'s 1e-5.
 */
export function sumTolerance(terms: number, scale = 1): Tolerance {
  return { absolute: scale * Math.max(1e-5, (6 / 7.3) * terms * 2 ** -24), relative: 1e-5 };
}
