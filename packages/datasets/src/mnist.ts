import { checkOptions, FormatError, oneOf, required } from '@agoge/core';
import { wholeOf } from './bytes';
import { type DataFiles, dataFiles } from './data-files';
import type { Dataset } from './dataset';
import { fromArrays } from './from-arrays';
import { gunzip, isGzip } from './gunzip';
import { type IdxArray, readIdx } from './idx';

export interface MnistOptions {
  /** Where the files come from, under their original names, as they are or with `.gz`: `folderFiles('data/mnist')`. */
  files: DataFiles;
  /** `train`: the 60,000 images of the `train-` files; `test`: the 10,000 of the `t10k-` files. Default `train`. */
  split?: 'train' | 'test';
}

const prefixes = { train: 'train', test: 't10k' } as const;
/** Of unpacked files: eight times as long as MNIST's longest. */
const most = 8 * 47_040_016;

/**
 * MNIST, or another set in its files (Fashion-MNIST, KMNIST): handwritten digits, 28 x 28 x 1, grey levels divided by 255, 10
 * classes, in the order of the files. Nothing is downloaded.
 *
 * Magic numbers, sizes and labels are checked; that the images are MNIST's only the `hash` says.
 *
 * Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 86, 1998.
 *
 * @throws FormatError, with the file's name, for what is missing, damaged or no such file
 * @example
 * const test = await mnist({ files: folderFiles('data/mnist'), split: 'test' });
 */
export async function mnist(options: MnistOptions): Promise<Dataset> {
  checkOptions('mnist', options, { files: required(dataFiles), split: oneOf('train', 'test') });
  const { files, split = 'train' } = options;
  const images = await readArray(files, `${prefixes[split]}-images-idx3-ubyte`, 3);
  const labels = await readArray(files, `${prefixes[split]}-labels-idx1-ubyte`, 1);
  const [n, height, width] = images.shape;
  if (labels.shape[0] !== n) {
    throw new FormatError('mnist', `there are ${n} images (${split}), but ${labels.shape[0]} labels`);
  }
  return fromArrays({
    x: images.data,
    shape: [n, height, width, 1],
    y: Int32Array.from(labels.data),
    classes: 10,
  });
}

async function readArray(files: DataFiles, name: string, rank: number): Promise<IdxArray> {
  const file = (await files.open({ name })) ?? (await files.open({ name: `${name}.gz` }));
  if (!file) throw new FormatError('mnist', `there is no ${name} nor ${name}.gz`);
  const bytes = await wholeOf(`mnist: ${name}`, file, most);
  return readIdx(`mnist: ${name}`, isGzip(bytes) ? await gunzip(`mnist: ${name}`, bytes, most) : bytes, rank);
}
