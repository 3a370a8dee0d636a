import { words } from '@agoge/core';
import type { Augment } from '../views/augment';

/**
 * Mirrors each image left to right with probability one half.
 *
 * @example
 * compose(randomCrop({ padding: 4 }), randomFlip());
 */
export function randomFlip(): Augment {
  return (batch, { seed, epoch }) => {
    const [, height, width, channels] = batch.shape;
    const size = height * width * channels;
    const x = batch.x.slice();
    batch.index.forEach((index, i) => {
      const [word] = words({ seed, index, stream: `flip/${epoch}` }, 1);
      if ((word & 1) === 0) return;
      for (let row = 0; row < height; row++) {
        const start = i * size + row * width * channels;
        for (let column = 0; column < width; column++) {
          const to = start + column * channels;
          const from = start + (width - 1 - column) * channels;
          for (let c = 0; c < channels; c++) x[to + c] = batch.x[from + c];
        }
      }
    });
    return { ...batch, x };
  };
}
