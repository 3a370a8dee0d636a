import { checkOptions, oneOf, required } from '@agoge/core';
import { readSvhn } from '../arrays/svhn-images';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import type { Dataset } from '../dataset';
import { openFile } from './set-files';

export interface SvhnOptions {
  /** Where `train_32x32.mat`, `test_32x32.mat` or `extra_32x32.mat` lies. */
  files: DataFiles;
  /** `train`: 73,257 images; `test`: 26,032; `extra`: 531,131, somewhat easier. Default `train`. */
  split?: 'train' | 'test' | 'extra';
}

/**
 * Street view house numbers, cropped digits: 32 x 32 x 3, levels divided by 255, 10 classes, in the order of the file.
 *
 * Y. Netzer et al., Reading digits in natural images with unsupervised feature learning, NIPS workshop on deep learning and
 * unsupervised feature learning, 2011.
 *
 * @throws FormatError for a file that is missing or damaged
 * @example
 * const test = await svhn({ files: cachedFiles('svhn'), split: 'test' });
 */
export async function svhn(options: SvhnOptions): Promise<Dataset> {
  checkOptions('svhn', options, { files: required(dataFiles), split: oneOf('train', 'test', 'extra') });
  return readSvhn('svhn', await openFile('svhn', options.files, `${options.split ?? 'train'}_32x32.mat`));
}
