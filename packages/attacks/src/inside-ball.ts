import type { NormName } from '@agoge/core';

/** Float32's rounding of the norm, as a share: what an image may be outside its ball. */
const slack = 1e-6;

type Sizes = (difference: (i: number) => number, length: number) => number;
const sizes: Record<NormName, Sizes> = {
  linf: (d, length) => fold(length, (size, i) => Math.max(size, Math.abs(d(i)))),
  l2: (d, length) => Math.sqrt(fold(length, (size, i) => size + d(i) ** 2)),
  l1: (d, length) => fold(length, (size, i) => size + Math.abs(d(i))),
};

function fold(length: number, next: (size: number, i: number) => number): number {
  let size = 0;
  for (let i = 0; i < length; i++) size = next(size, i);
  return size;
}

/** The size of `x - center`, in float64. */
export function sizeOf(norm: NormName, x: Float32Array, center: Float32Array): number {
  return sizes[norm]((i) => x[i] - center[i], x.length);
}

/**
 * Draws an image back into the ball where rounding has put it outside, and returns its size.
 *
 * Projection and step are made in float32: with a small eps, a large image or wide bounds their rounding is more than a
 * millionth of eps. Such an image is shrunk towards the clean one until it is inside; others are left as they are.
 *
 * @param x the image; changed in place
 * @param center the clean image
 */
export function drawInside(norm: NormName, x: Float32Array, center: Float32Array, eps: number): number {
  let size = sizeOf(norm, x, center);
  // Each pass allows for more rounding of the pixels that it moves.
  for (let spare = 2 ** -24; size > eps * (1 + slack); spare *= 4) {
    const scale = Math.max(0, eps / size - spare);
    for (let i = 0; i < x.length; i++) x[i] = center[i] + scale * (x[i] - center[i]);
    size = sizeOf(norm, x, center);
  }
  return size;
}
