import { arrayOf, checkOptions, integer, number, required, string } from '@agoge/core';
import { type BytesLike, bytesOf } from '../bytes/bytes';
import { bytesLike } from '../bytes/bytes-like';
import type { Dataset } from '../dataset';
import { type ArrayLayout, readArrayImages } from './array-images';

export interface NpyImagesOptions extends ArrayLayout {
  /** A `.npy` file of numbers, `(n, height, width, channels)` or `(n, height, width)`. */
  images: BytesLike;
  /** A `.npy` file of whole numbers from 0, `(n)` or `(n, 1)`. */
  labels: BytesLike;
}

/** The rules of {@link ArrayLayout}. */
export const arrayRules = {
  classes: integer({ min: 2 }),
  bounds: arrayOf(number(), 2),
  from: integer({ min: 0 }),
  to: integer({ min: 1 }),
  hash: string,
  most: integer({ min: 1 }),
};

/**
 * Images and labels from two `.npy` files, such as those of CIFAR-10-C, read by rows when they are asked for: what is in memory
 * does not grow with the files, but for arrays in Fortran order.
 *
 * Bytes are divided by 255; other numbers (1 to 8 bytes, whole or floating, either byte first) stay as they are. At the start the
 * files are read through once, to check the values and work out the `hash`, which is that of {@link fromArrays} for the same
 * images.
 *
 * @throws FormatError for files that are damaged, hold objects, text or records, or labels or values outside their range;
 * RangeError for rows that are not there
 * @example
 * const files = { images: await fileBytes('gaussian_noise.npy'), labels: await fileBytes('labels.npy') };
 * const severest = await npyImages({ ...files, from: 40_000, to: 50_000 });
 */
export async function npyImages(options: NpyImagesOptions): Promise<Dataset> {
  checkOptions('npyImages', options, { images: required(bytesLike), labels: required(bytesLike), ...arrayRules });
  const { images, labels, ...layout } = options;
  const file = (name: string, bytes: BytesLike) => ({ name, bytes: bytesOf(bytes) });
  return readArrayImages('npyImages', file('images', images), file('labels', labels), layout);
}
