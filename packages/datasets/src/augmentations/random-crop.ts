import { checkOptions, integer, number, words } from '@agoge/core';
import type { Augment } from '../views/augment';

export interface RandomCropOptions {
  /** Pixels of border added on each side before the crop; default 4, as for CIFAR in K. He et al. (2016), §4.2. */
  padding?: number;
  /** The border's value; default 0, as there. */
  fill?: number;
}

/**
 * Pads each image and cuts a piece of its own size from a random place: `out[r, c] = in[r + u, c + v]` with `u` and `v`
 * uniform in the whole numbers from `-padding` to `padding`.
 *
 * K. He et al., Deep residual learning for image recognition (CVPR 2016), §4.2.
 *
 * @example
 * randomCrop({ padding: 4 });
 */
export function randomCrop(options: RandomCropOptions = {}): Augment {
  checkOptions('randomCrop', options, { padding: integer({ min: 0 }), fill: number() });
  const { padding = 4, fill = 0 } = options;
  const places = 2 * padding + 1;
  return (batch, { seed, epoch }) => {
    const [, height, width, channels] = batch.shape;
    const size = height * width * channels;
    const x = new Float32Array(batch.x.length).fill(fill);
    batch.index.forEach((index, i) => {
      // A word modulo so few places favours none by more than 2^-24 or so.
      const [down, right] = words({ seed, index, stream: `crop/${epoch}` }, 2).map((word) => word % places);
      const [u, v] = [down - padding, right - padding];
      const image = batch.x.subarray(i * size, (i + 1) * size);
      const [first, last] = [Math.max(0, -v), Math.min(width, width - v)];
      if (first >= last) return;
      for (let row = Math.max(0, -u); row < Math.min(height, height - u); row++) {
        const source = image.subarray(
          ((row + u) * width + first + v) * channels,
          ((row + u) * width + last + v) * channels,
        );
        x.set(source, i * size + (row * width + first) * channels);
      }
    });
    return { ...batch, x };
  };
}
