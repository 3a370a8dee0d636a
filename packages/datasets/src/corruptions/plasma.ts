import { type RandomKey, uniform } from '@agoge/core';

/**
 * A cloud of `size x size` values from 0 to 1 by the diamond-square algorithm on a torus: at each level the middles of
 * squares, then of their sides, are the mean of their four neighbours plus `amplitude * u`, `u` uniform from -1 to 1, where
 * the amplitude begins at 1 and falls by `decay^2` a level.
 *
 * A. Fournier, D. Fussell and L. Carpenter, Computer rendering of stochastic models (Communications of the ACM, 1982).
 *
 * @param size a power of two, 2 at least
 */
export function plasma(key: RandomKey, size: number, decay: number): Float64Array {
  const draws = uniform(key, size * size, -1, 1);
  let drawn = 0;
  const map = new Float64Array(size * size);
  const mask = size - 1;
  const at = (row: number, column: number) => map[(row & mask) * size + (column & mask)];
  let amplitude = 1;
  for (let pitch = size; pitch >= 2; pitch /= 2) {
    const half = pitch / 2;
    const fill = (top: number, left: number, neighbours: readonly (readonly [down: number, right: number])[]) => {
      for (let row = top; row < size; row += pitch) {
        for (let column = left; column < size; column += pitch) {
          let sum = 0;
          for (const [down, right] of neighbours) sum += at(row + down * half, column + right * half);
          map[row * size + column] = sum / 4 + amplitude * draws[drawn++];
        }
      }
    };
    const corners = [
      [-1, -1],
      [-1, 1],
      [1, -1],
      [1, 1],
    ] as const;
    const sides = [
      [-1, 0],
      [1, 0],
      [0, -1],
      [0, 1],
    ] as const;
    fill(half, half, corners);
    fill(0, half, sides);
    fill(half, 0, sides);
    amplitude /= decay ** 2;
  }
  const low = map.reduce((least, each) => Math.min(least, each), Infinity);
  const high = map.reduce((most, each) => Math.max(most, each), -Infinity);
  return map.map((each) => (each - low) / (high - low));
}

/** The smallest power of two that covers an image, 2 at least. */
export const coverOf = (height: number, width: number): number =>
  2 ** Math.max(1, Math.ceil(Math.log2(Math.max(height, width))));
