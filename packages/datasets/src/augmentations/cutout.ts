import { arrayOf, checkOptions, integer, number, type Rule, required, ShapeError, words } from '@agoge/core';
import type { Augment } from '../views/augment';

export interface CutoutOptions {
  /** Pixels a side: 16 for CIFAR-10, 8 for CIFAR-100 in the paper. */
  size: number;
  /**
   * The square's value, or one for each channel. Default 0.5, the middle of the range: the paper's 0 is of normalised images, that
   * is, the mean of the data.
   */
  fill?: number | readonly number[];
}

const fills: Rule = {
  expected: 'a finite number, or an array of them',
  test: (value) => (Array.isArray(value) ? arrayOf(number()).test(value) : number().test(value)),
};

/**
 * Covers a square of each image, its middle uniform over the pixels; what reaches over the border is cut off.
 *
 * T. DeVries and G. Taylor, Improved regularization of convolutional neural networks with cutout (2017), §3.2.
 *
 * @example
 * compose(randomCrop({ padding: 4 }), randomFlip(), cutout({ size: 16 }));
 */
export function cutout(options: CutoutOptions): Augment {
  checkOptions('cutout', options, { size: required(integer({ min: 1 })), fill: fills });
  const { size: side, fill = 0.5 } = options;
  return (batch, { seed, epoch }) => {
    const [, height, width, channels] = batch.shape;
    const colour = typeof fill === 'number' ? new Array<number>(channels).fill(fill) : fill;
    if (colour.length !== channels)
      throw new ShapeError('cutout', 'fill', `[${channels}] (one per channel)`, [colour.length]);
    const x = batch.x.slice();
    batch.index.forEach((index, i) => {
      const [down, right] = words({ seed, index, stream: `cutout/${epoch}` }, 2);
      const top = Math.floor(down * 2 ** -32 * height) - Math.floor(side / 2);
      const left = Math.floor(right * 2 ** -32 * width) - Math.floor(side / 2);
      for (let row = Math.max(0, top); row < Math.min(height, top + side); row++) {
        for (let column = Math.max(0, left); column < Math.min(width, left + side); column++) {
          const at = ((i * height + row) * width + column) * channels;
          for (let c = 0; c < channels; c++) x[at + c] = colour[c];
        }
      }
    });
    return { ...batch, x };
  };
}
