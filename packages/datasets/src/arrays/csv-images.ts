import {
  arrayOf,
  checkOptions,
  FormatError,
  integer,
  number,
  refusal,
  required,
  said,
  show,
  string,
} from '@agoge/core';
import { type Bytes, type BytesLike, bytesOf, piecesOf } from '../bytes/bytes';
import { bytesLike } from '../bytes/bytes-like';
import type { Dataset } from '../dataset';
import { fromArrays } from '../from-arrays';

export interface CsvImagesOptions {
  /** The file: bytes, a `File`, `fileBytes(path)`. */
  bytes: BytesLike;
  /** Of an image: its pixels stand in a line row by row, channels innermost. */
  shape: readonly [height: number, width: number, channels: number];
  classes: number;
  /** Which column is the label: the first, the last, or the one of a name in the header. Default `first`, as in Kaggle's files. */
  label?: 'first' | 'last' | (string & {});
  /** The level that becomes 1. Default 255. */
  scale?: number;
}

/** Of one line: a megapixel in three colours has a quarter of it. */
const mostLine = 2 ** 26;

/**
 * Images in a CSV file, one per line: the label and the levels of the pixels as decimal numbers, separated by commas, such as
 * Kaggle's `label,pixel0,pixel1,...`. A first line that does not begin with a number is a header; empty lines are passed over.
 *
 * @throws FormatError, with the line, for a number of columns that is not one more than the image has pixels, for what is
 * no number, levels outside 0 to `scale` and labels outside the classes
 * @example
 * const bytes = await fileBytes('mnist_test.csv');
 * const data = await csvImages({ bytes, shape: [28, 28, 1], classes: 10 });
 */
export async function csvImages(options: CsvImagesOptions): Promise<Dataset> {
  checkOptions('csvImages', options, {
    bytes: required(bytesLike),
    shape: required(arrayOf(integer({ min: 1, max: 65_536 }), 3)),
    classes: required(integer({ min: 2 })),
    label: string,
    scale: number({ above: 0 }),
  });
  const { shape, classes, label = 'first', scale = 255 } = options;
  const size = shape[0] * shape[1] * shape[2];
  let place = label === 'first' ? 0 : label === 'last' ? size : undefined;
  if (size > mostLine / 2)
    throw said(new RangeError(refusal('csvImages', 'shape', `of at most ${mostLine / 2} pixels`, shape)));

  const bytes = bytesOf(options.bytes);
  // Each number has a digit, and a comma or the end of its line after it.
  const most = Math.floor((bytes.length + 1) / 2 / (size + 1));
  const x = new Float32Array(most * size);
  const y = new Int32Array(most);
  let n = 0;
  for await (const { at, text } of lines(bytes)) {
    const fields = text.split(',', size + 2);
    if (at === 1 && Number.isNaN(numberOf(fields[0]))) {
      place ??= fields.map(nameOf).indexOf(label);
      continue;
    }
    if (place === undefined || place < 0 || place > size) {
      throw new FormatError('csvImages', `there is no column ${show(label)} in a header`);
    }
    const where = `csvImages: line ${at}`;
    if (fields.length !== size + 1) {
      const have = fields.length > size + 1 ? 'more' : `${fields.length}`;
      throw new FormatError(
        where,
        `must have ${size + 1} columns (a label and ${shape.join(' x ')} pixels), has ${have}`,
      );
    }
    const [found] = fields.splice(place, 1);
    const value = numberOf(found);
    if (!(Number.isInteger(value) && value >= 0 && value < classes)) {
      throw new FormatError(where, `the label must be a whole number from 0 to ${classes - 1}, got ${show(found)}`);
    }
    y[n] = value;
    for (let i = 0; i < size; i++) {
      const level = numberOf(fields[i]);
      if (!(level >= 0 && level <= scale)) {
        const column = i < place ? i : i + 1;
        throw new FormatError(where, `column ${column} must be a number from 0 to ${scale}, got ${show(fields[i])}`);
      }
      x[n * size + i] = level / scale;
    }
    n += 1;
  }
  if (n === 0) throw new FormatError('csvImages', `there are no images in ${bytes.length} bytes`);
  return fromArrays({ x: x.subarray(0, n * size), shape: [n, ...shape], y: y.subarray(0, n), classes });
}

const nameOf = (field: string) => field.trim().replace(/^"(.*)"$/, '$1');

/** A decimal number, perhaps between spaces or quotes; NaN for what is none. */
function numberOf(field: string): number {
  const level = levelOf(field);
  if (level >= 0) return level;
  const text = nameOf(field);
  // -0 is 0.
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) + 0 : Number.NaN;
}

/** One to three digits with nothing around them, which is what tables of pixels are made of; -1 for all else. */
function levelOf(field: string): number {
  if (field.length === 0 || field.length > 3) return -1;
  let level = 0;
  for (let i = 0; i < field.length; i++) {
    const digit = field.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    level = 10 * level + digit;
  }
  return level;
}

/** Lines that are not empty, with their numbers, from 1. */
async function* lines(bytes: Bytes): AsyncGenerator<{ at: number; text: string }> {
  const decoder = new TextDecoder();
  let [rest, at] = ['', 0];
  async function* pieces() {
    for await (const piece of piecesOf(bytes)) yield decoder.decode(piece, { stream: true });
    yield `${decoder.decode()}\n`;
  }
  for await (const piece of pieces()) {
    const ended = (rest + piece).split(/\r?\n/);
    rest = ended.pop() ?? '';
    for (const text of ended) {
      at += 1;
      if (text.trim() !== '') yield { at, text };
    }
    if (rest.length > mostLine)
      throw new FormatError(`csvImages: line ${at + 1}`, `is longer than ${mostLine} characters`);
  }
}
