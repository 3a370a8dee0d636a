import { checkOptions, fn, oneOf, required } from '@agoge/core';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import type { DecodeImage } from '../pictures/image';
import { type ImageFolder, imageFolder } from '../pictures/image-folder';
import { imagesInTar, openFile } from './set-files';

export interface Cifar10JpegOptions {
  /** Where `cifar10-jpeg.tar.gz` lies, with its images as `cifar10/train/cat/1.jpg`. */
  files: DataFiles;
  /** `train`: 50,000 images; `test`: 10,000. Default `train`. */
  split?: 'train' | 'test';
  /** What reads an image. Default `decodeImage`. */
  decode?: DecodeImage;
}

/**
 * The images of CIFAR-10 as JPEG files in class folders: `cifar10-jpeg`, which is not CIFAR-10, since every pixel went through
 * JPEG; a robustness measured on it is another number. 32 x 32 x 3, levels divided by 255, by class and then by name.
 *
 * The archive stays in memory as it is packed (some 20 MB), images are decoded when they are asked for.
 *
 * @throws FormatError for an archive that is missing or damaged
 * @example
 * const test = await cifar10Jpeg({ files: folderFiles('data/cifar10'), split: 'test' });
 */
export async function cifar10Jpeg(options: Cifar10JpegOptions): Promise<ImageFolder> {
  checkOptions('cifar10-jpeg', options, { files: required(dataFiles), split: oneOf('train', 'test'), decode: fn });
  const { files, split = 'train', ...rest } = options;
  const archive = await openFile('cifar10-jpeg', files, 'cifar10-jpeg.tar.gz');
  const images = await imagesInTar('cifar10-jpeg', archive, { under: 'cifar10', most: 2 ** 28 });
  return imageFolder({ ...rest, files: images, split });
}
