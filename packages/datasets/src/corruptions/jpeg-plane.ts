/** One component of an image: whole numbers from 0 to 255. */
export interface Plane {
  readonly samples: Float64Array;
  readonly height: number;
  readonly width: number;
}

/** ITU-T T.81, Annex K, tables K.1 and K.2: the quantisation of quality 50, row by row. */
const tables = {
  luma: [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
  ],
  chroma: [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99,
  ],
};

/**
 * `round(2^13 sqrt(2) cos((2 i + 1) k pi / 16))` (2^13 for `k = 0`) at `k * 8 + i`, some off by one: the sums of 13-bit
 * constants that the accurate integer transform of the Independent JPEG Group comes to.
 */
const cosines = Float64Array.of(
  ...[8192, 8192, 8192, 8192, 8192, 8192, 8192, 8192],
  ...[11363, 9633, 6437, 2260, -2260, -6437, -9633, -11363],
  ...[10703, 4433, -4433, -10703, -10703, -4433, 4433, 10703],
  ...[9633, -2259, -11362, -6436, 6436, 11362, 2259, -9633],
  ...[8192, -8192, -8192, 8192, 8192, -8192, -8192, 8192],
  ...[6437, -11362, 2261, 9633, -9633, -2261, 11362, -6437],
  ...[4433, -10704, 10704, -4433, -4433, 10704, -10704, 4433],
  ...[2260, -6436, 9633, -11363, 11363, -9633, 6436, -2260],
);
const transposed = cosines.map((_, at) => cosines[(at & 7) * 8 + (at >> 3)]);

/** The table of a quality from 1 to 100, by the rule of the Independent JPEG Group. */
function quantisation(component: 'luma' | 'chroma', quality: number): number[] {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return tables[component].map((base) => Math.min(255, Math.max(1, Math.floor((base * percent + 50) / 100))));
}

/** A component quantised and restored block by block; blocks that reach over the edge repeat its last samples. */
export function throughJpeg({ samples, height, width }: Plane, component: 'luma' | 'chroma', quality: number): Plane {
  const steps = quantisation(component, quality);
  const out = new Float64Array(samples.length);
  const block = new Float64Array(64);
  const half = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let i = 0; i < 64; i++) {
        const [row, column] = [Math.min(height - 1, top + (i >> 3)), Math.min(width - 1, left + (i & 7))];
        block[i] = samples[row * width + column] - 128;
      }
      pass(block, half, cosines, 2 ** 11);
      pass(half, block, cosines, 2 ** 15);
      // Eight times the coefficients; halves go away from zero.
      for (let i = 0; i < 64; i++) {
        const whole = Math.floor((Math.abs(block[i]) + 4 * steps[i]) / (8 * steps[i]));
        block[i] = Math.sign(block[i]) * whole * steps[i];
      }
      // A pass turns the block, and the columns come first here.
      turn(block);
      pass(block, half, transposed, 2 ** 11);
      pass(half, block, transposed, 2 ** 18);
      for (let i = 0; i < 64; i++) {
        const [row, column] = [top + (i & 7), left + (i >> 3)];
        if (row < height && column < width) out[row * width + column] = Math.min(255, Math.max(0, block[i] + 128));
      }
    }
  }
  return { samples: out, height, width };
}

/** `out[k, row] = round(sum over i of matrix[k, i] * block[row, i] / divisor)`: each row transformed, and the block turned. */
function pass(block: Float64Array, out: Float64Array, matrix: Float64Array, divisor: number): void {
  for (let row = 0; row < 8; row++) {
    for (let k = 0; k < 8; k++) {
      let sum = divisor / 2;
      for (let i = 0; i < 8; i++) sum += matrix[k * 8 + i] * block[row * 8 + i];
      out[k * 8 + row] = Math.floor(sum / divisor);
    }
  }
}

/** Rows for columns, in place. */
function turn(block: Float64Array): void {
  for (let row = 0; row < 8; row++) {
    for (let column = 0; column < row; column++) {
      const [a, b] = [row * 8 + column, column * 8 + row];
      [block[a], block[b]] = [block[b], block[a]];
    }
  }
}
