import { checkOptions, oneOf, required } from '@agoge/core';
import { openIdxImages } from '../arrays/idx-images';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import type { Dataset } from '../dataset';

export interface MnistOptions {
  /** Where the files come from, under their original names, as they are or with `.gz`: `folderFiles('data/mnist')`. */
  files: DataFiles;
  /** `train`: the 60,000 images of the `train-` files; `test`: the 10,000 of the `t10k-` files. Default `train`. */
  split?: 'train' | 'test';
}

const prefixes = { train: 'train', test: 't10k' } as const;

/** A set in the four files of MNIST. */
function mnistLike(who: string, options: MnistOptions): Promise<Dataset> {
  checkOptions(who, options, { files: required(dataFiles), split: oneOf('train', 'test') });
  const { files, split = 'train' } = options;
  const images = { name: `${prefixes[split]}-images-idx3-ubyte.gz` };
  const labels = { name: `${prefixes[split]}-labels-idx1-ubyte.gz` };
  return openIdxImages(who, files, { images, labels });
}

/**
 * MNIST: handwritten digits, 28 x 28 x 1, grey levels divided by 255, 10 classes, in the order of the files.
 *
 * Magic numbers, sizes and labels are checked; that the images are MNIST's only the `hash` says, or files that know their
 * checksums (`cachedFiles`).
 *
 * Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 86, 1998.
 *
 * @throws FormatError, with the file's name, for what is missing, damaged or no such file
 * @example
 * const test = await mnist({ files: folderFiles('data/mnist'), split: 'test' });
 */
export const mnist = async (options: MnistOptions): Promise<Dataset> => mnistLike('mnist', options);

/**
 * Fashion-MNIST: articles of clothing in the form of {@link mnist}.
 *
 * H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms, 2017.
 *
 * @example
 * const test = await fashionMnist({ files: cachedFiles('fashionMnist'), split: 'test' });
 */
export const fashionMnist = async (options: MnistOptions): Promise<Dataset> => mnistLike('fashionMnist', options);

/**
 * Kuzushiji-MNIST: ten syllables of cursive Japanese in the form of {@link mnist}.
 *
 * T. Clanuwat et al., Deep learning for classical Japanese literature, 2018.
 *
 * @example
 * const test = await kmnist({ files: cachedFiles('kmnist'), split: 'test' });
 */
export const kmnist = async (options: MnistOptions): Promise<Dataset> => mnistLike('kmnist', options);
