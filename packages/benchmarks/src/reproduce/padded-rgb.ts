import { refusal, said } from '@agoge/core';
import { type Dataset, dataset } from '@agoge/datasets';

const side = 32;

/**
 * Small grey images in the form of CIFAR's: in the middle of 32 x 32 pixels, with the lower bound around them, in three equal channels.
 *
 * @throws RangeError for images that are larger, or of another number of channels than 1
 */
export function paddedRgb(data: Dataset): Dataset {
  const [height, width, channels] = data.shape;
  if (channels !== 1 || height > side || width > side) {
    throw said(new RangeError(refusal('paddedRgb', 'data', `of images up to ${side} x ${side} x 1`, [...data.shape])));
  }
  const { classes, bounds, labels, numbers, extra, targets } = data;
  const [top, left] = [height, width].map((size) => Math.floor((side - size) / 2));
  return dataset({
    ...{ classes, bounds, labels, ...(numbers && { numbers }), ...(extra && { extra }), ...(targets && { targets }) },
    shape: [side, side, 3],
    get hash() {
      return `${data.hash} padded-rgb`;
    },
    async read(rows, out, signal) {
      const grey = new Float32Array(rows.length * height * width);
      await data.read(rows, grey, signal);
      out.fill(bounds[0]);
      for (let at = 0; at < grey.length; at++) {
        const [image, row] = [Math.floor(at / (height * width)), Math.floor(at / width) % height];
        const place = ((image * side + top + row) * side + left + (at % width)) * 3;
        out.fill(grey[at], place, place + 3);
      }
    },
  });
}
