import type { Distance } from './distance';

/** Float32's rounding of the norm, as a share: what an image may be outside its ball. */
const slack = 1e-6;

type Sizes = (difference: (i: number) => number, length: number) => number;
const sizes: Record<Distance, Sizes> = {
  linf: (d, length) => fold(length, (size, i) => Math.max(size, Math.abs(d(i)))),
  l2: (d, length) => Math.sqrt(fold(length, (size, i) => size + d(i) ** 2)),
  l1: (d, length) => fold(length, (size, i) => size + Math.abs(d(i))),
  l0: (d, length) => fold(length, (size, i) => size + Number(d(i) !== 0)),
};

function fold(length: number, next: (size: number, i: number) => number): number {
  let size = 0;
  for (let i = 0; i < length; i++) size = next(size, i);
  return size;
}

/** The size of `x - center`, in float64. */
export function sizeOf(norm: Distance, x: Float32Array, center: Float32Array): number {
  return sizes[norm]((i) => x[i] - center[i], x.length);
}

/**
 * Draws an image back into the ball where rounding has put it outside, and returns its size.
 *
 * Projection and step are made in float32: with a small eps, a large image or wide bounds their rounding is more than a
 * millionth of eps. Such an image is shrunk towards the clean one until it is inside, in l0 its smallest changes are undone;
 * others are left as they are.
 *
 * @param x the image; changed in place
 * @param center the clean image
 */
export function drawInside(norm: Distance, x: Float32Array, center: Float32Array, eps: number): number {
  if (norm === 'l0') undo(x, center, eps);
  let size = sizeOf(norm, x, center);
  // Each pass allows for more rounding of the pixels that it moves.
  for (let spare = 2 ** -24; size > eps * (1 + slack); spare *= 4) {
    const scale = Math.max(0, eps / size - spare);
    for (let i = 0; i < x.length; i++) x[i] = center[i] + scale * (x[i] - center[i]);
    size = sizeOf(norm, x, center);
  }
  return size;
}

/** Takes the smallest changes back until no more than `most` are left. */
function undo(x: Float32Array, center: Float32Array, most: number): void {
  const changed = Array.from(x.keys()).filter((i) => x[i] !== center[i]);
  if (changed.length <= most) return;
  const bySize = changed.sort((a, b) => Math.abs(x[b] - center[b]) - Math.abs(x[a] - center[a]));
  for (const i of bySize.slice(Math.floor(most))) x[i] = center[i];
}
