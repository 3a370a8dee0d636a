import { checkOptions, oneOf, required } from '@agoge/core';
import { type DataFiles, dataFiles } from './data-files';
import type { Dataset } from './dataset';
import { openIdxImages } from './idx-images';

export interface MnistOptions {
  /** Where the files come from, under their original names, as they are or with `.gz`: `folderFiles('data/mnist')`. */
  files: DataFiles;
  /** `train`: the 60,000 images of the `train-` files; `test`: the 10,000 of the `t10k-` files. Default `train`. */
  split?: 'train' | 'test';
}

const prefixes = { train: 'train', test: 't10k' } as const;

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
  const images = { name: `${prefixes[split]}-images-idx3-ubyte.gz` };
  const labels = { name: `${prefixes[split]}-labels-idx1-ubyte.gz` };
  return openIdxImages('mnist', files, { images, labels });
}
