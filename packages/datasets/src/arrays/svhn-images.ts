import { checkOptions, FormatError, required } from '@agoge/core';
import { type Bytes, type BytesLike, bytesOf } from '../bytes/bytes';
import { bytesLike } from '../bytes/bytes-like';
import type { Dataset } from '../dataset';
import { type MatArray, readMat } from './mat';
import { readNumbers } from './number-types';
import { classesOf, imagesInOrder, storedImages } from './stored-images';

export interface SvhnImagesOptions {
  /** One of `train_32x32.mat`, `test_32x32.mat`, `extra_32x32.mat`. */
  file: BytesLike;
}

const size = 32 * 32 * 3;
/** Column by column within a channel, channel by channel. */
const strides = { image: size, row: 1, column: 32, channel: 1024 };

/**
 * Street view house numbers from a MAT file in the published form of cropped digits: 32 x 32 x 3, levels divided by 255, 10
 * classes, in the order of the file; they are in memory, a byte a value.
 *
 * `X` holds the images as bytes, `[32, 32, 3, n]`; `y` the digits 1 to 9, and 10 for 0, which becomes class 0.
 *
 * Y. Netzer et al., Reading digits in natural images with unsupervised feature learning, NIPS workshop on deep learning and
 * unsupervised feature learning, 2011.
 *
 * @throws FormatError for a file that is damaged, of another level or with other variables, and for labels that are none
 * @example
 * const test = await svhnImages({ file: await fileBytes('test_32x32.mat') });
 */
export async function svhnImages(options: SvhnImagesOptions): Promise<Dataset> {
  checkOptions('svhnImages', options, { file: required(bytesLike) });
  return readSvhn('svhnImages', bytesOf(options.file));
}

/** {@link svhnImages} of a file with a name, for messages. */
export async function readSvhn(who: string, file: Bytes): Promise<Dataset> {
  const variables = await readMat(who, file, ['X', 'y']);
  const variable = (name: string) => {
    const found = variables.get(name);
    if (!found) throw new FormatError(who, `there is no variable "${name}"`);
    return found;
  };
  const [images, labels] = [variable('X'), variable('y')];
  // MATLAB leaves sizes of 1 at the end out.
  const [height, width, channels, n = 1, ...more] = images.shape;
  if (images.type !== 'u1' || images.kind !== 'uint8' || `${[height, width, channels, ...more]}` !== '32,32,3') {
    const shape = images.shape.join(' x ');
    throw new FormatError(who, `"X" must be of uint8, 32 x 32 x 3 x n, got ${images.kind}, ${shape}`);
  }
  const digits = numbersOf(labels);
  const y = classesOf(`${who}: "y"`, digits, 10, 1).map((digit) => (digit + 1) % 10);
  return storedImages(who, inOrder(images, n), [n, 32, 32, 3], y, 10);
}

const numbersOf = ({ data, type, little, shape }: MatArray) =>
  readNumbers(data, type, little, new Float64Array(shape.reduce((product, each) => product * each, 1)));

/** The images in NHWC, in place where the bytes are nobody else's: `extra` has 1.6 GB. */
function inOrder({ data, own }: MatArray, n: number): Uint8Array {
  const x = own ? data : Uint8Array.from(data);
  const image = new Uint8Array(size);
  for (let i = 0; i < n; i++) {
    const part = x.subarray(i * size, (i + 1) * size);
    image.set(part);
    imagesInOrder(image, [1, 32, 32, 3], strides, part);
  }
  return x;
}
