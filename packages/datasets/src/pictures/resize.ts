import type { Image } from './image';

/** How an image is resampled; both with antialiasing. */
export type ResizeFilter = 'bilinear' | 'bicubic';

interface Kernel {
  /** Where it ends on either side, in pixels of the smaller image. */
  readonly support: number;
  at(distance: number): number;
}

const kernels: Readonly<Record<ResizeFilter, Kernel>> = {
  bilinear: { support: 1, at: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  // Keys' cubic convolution with a = -1/2.
  bicubic: {
    support: 2,
    at(distance) {
      const x = Math.abs(distance);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0;
    },
  },
};

/** Weights are whole multiples of 2^-22, so that sums of them with bytes fit 32 bits. */
const precision = 22;

interface Taps {
  /** The first pixel that this one is made of. */
  readonly from: number;
  readonly weights: Int32Array;
}

/**
 * Resamples an image as Pillow's `Image.resize((width, height), BILINEAR)` or `BICUBIC` does, to the byte.
 *
 * Each axis by itself, first the rows, then the columns, with bytes in between: pixel `i` is the mean of the pixels around
 * `(i + 1/2) s - 1/2`, weighted by `kernel(distance / max(s, 1))`, where `s` is old size by new.
 *
 * R. Keys, Cubic convolution interpolation for digital image processing, IEEE Trans. ASSP 29, 1981.
 */
export function resize(image: Image, width: number, height: number, filter: ResizeFilter): Image {
  const { channels } = image;
  const wide = alongAxis(image.data, image.height, image.width, channels, width, kernels[filter]);
  return { width, height, channels, data: alongAxis(wide, 1, image.height, width * channels, height, kernels[filter]) };
}

/** `data` as `[outer, size, inner]`: what it is with another size. */
function alongAxis(
  data: Uint8Array,
  outer: number,
  size: number,
  inner: number,
  newSize: number,
  kernel: Kernel,
): Uint8Array {
  if (size === newSize) return data;
  const taps = Array.from({ length: newSize }, (_, i) => tapsOf(i, size, newSize, kernel));
  const out = new Uint8Array(outer * newSize * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < newSize; i++) {
      const { from, weights } = taps[i];
      const source = (o * size + from) * inner;
      const target = (o * newSize + i) * inner;
      for (let j = 0; j < inner; j++) {
        let sum = 1 << (precision - 1);
        for (let k = 0; k < weights.length; k++) sum += Math.imul(weights[k], data[source + k * inner + j]);
        const value = sum >> precision;
        out[target + j] = Math.max(0, Math.min(255, value));
      }
    }
  }
  return out;
}

function tapsOf(i: number, size: number, newSize: number, { support, at }: Kernel): Taps {
  const scale = size / newSize;
  const stretch = Math.max(scale, 1);
  const centre = (i + 0.5) * scale;
  const from = Math.max(0, Math.trunc(centre - support * stretch + 0.5));
  const to = Math.min(size, Math.trunc(centre + support * stretch + 0.5));
  const weights = Array.from({ length: to - from }, (_, k) => at((from + k - centre + 0.5) / stretch));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { from, weights: Int32Array.from(weights, (weight) => rounded((weight / sum) * 2 ** precision)) };
}

/** Halves away from 0. */
const rounded = (value: number) => Math.trunc(value < 0 ? value - 0.5 : value + 0.5);
