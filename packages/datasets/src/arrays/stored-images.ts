import { FormatError } from '@agoge/core';
import type { Dataset } from '../dataset';
import { fromArrays } from '../from-arrays';

/** How far apart in a file neighbours lie, in values: the images, and in an image its rows, columns and channels. */
export interface Strides {
  /** Where the first value of the first image lies; default 0. */
  start?: number;
  image: number;
  row: number;
  column: number;
  channel: number;
}

/**
 * Values in the order of a file, as NHWC: `out[n, h, w, c] = values[start + n image + h row + w column + c channel]`.
 *
 * @param out where they go; made if not given
 */
export function imagesInOrder(
  values: Uint8Array,
  [n, height, width, channels]: readonly [number, number, number, number],
  { start = 0, image, row, column, channel }: Strides,
  out: Uint8Array = new Uint8Array(n * height * width * channels),
): Uint8Array {
  let to = 0;
  for (let i = 0; i < n; i++) {
    for (let h = 0; h < height; h++) {
      for (let w = 0; w < width; w++) {
        let from = start + i * image + h * row + w * column;
        for (let c = 0; c < channels; c++, from += channel) out[to++] = values[from];
      }
    }
  }
  return out;
}

/**
 * The labels of a file as classes from 0.
 *
 * @param who the file's name, for messages
 * @param first the label of class 0
 */
export function classesOf(who: string, labels: ArrayLike<number>, classes: number, first = 0): Int32Array {
  return Int32Array.from(labels, (label, i) => {
    if (Number.isInteger(label) && label >= first && label < first + classes) return label - first;
    throw new FormatError(
      who,
      `the label of example ${i} must be from ${first} to ${first + classes - 1}, got ${label}`,
    );
  });
}

/**
 * Images and labels that were read from files as one data set, {@link fromArrays} with the errors of a reader.
 *
 * @param who the reader's name, for messages
 */
export function storedImages(
  who: string,
  x: Uint8Array,
  shape: readonly [number, number, number, number],
  y: Int32Array,
  classes: number,
): Dataset {
  if (x.length === 0) throw new FormatError(who, `there are no pixels in images of ${shape.join(' x ')}`);
  if (y.length !== shape[0]) throw new FormatError(who, `there are ${shape[0]} images, but ${y.length} labels`);
  return fromArrays({ x, shape, y, classes });
}
