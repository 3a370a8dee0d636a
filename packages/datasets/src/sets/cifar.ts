import { checkOptions, oneOf, required } from '@agoge/core';
import { type CifarKind, readCifar, readCifarArchive } from '../arrays/cifar-images';
import { cifarKinds } from '../arrays/cifar-layout';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import type { Dataset } from '../dataset';
import { openAll, openFile } from './set-files';

export interface Cifar10Options {
  /** Where `cifar-10-binary.tar.gz` lies, or the folder `cifar-10-batches-bin` that is in it. */
  files: DataFiles;
  /** `train`: 50,000 images; `test`: 10,000. Default `train`. */
  split?: 'train' | 'test';
}

export interface Cifar100Options {
  /** Where `cifar-100-binary.tar.gz` lies, or the folder `cifar-100-binary` that is in it. */
  files: DataFiles;
  /** `train`: 50,000 images; `test`: 10,000. Default `train`. */
  split?: 'train' | 'test';
  /** The 100 classes, or the 20 superclasses. Default `fine`. */
  labels?: 'fine' | 'coarse';
}

const split = oneOf('train', 'test');

/** Of files that lie unpacked, or of the archive, which is unpacked as it is read. */
async function published(
  who: string,
  files: DataFiles,
  archive: string,
  kind: CifarKind,
  part: 'train' | 'test',
): Promise<Dataset> {
  const loose = await openAll(files, cifarKinds[kind].files[part]);
  return loose ? readCifar(who, loose, kind) : readCifarArchive(who, await openFile(who, files, archive), kind, part);
}

/**
 * CIFAR-10: photographs of ten kinds of things, 32 x 32 x 3, levels divided by 255, in the order of the published files.
 *
 * A. Krizhevsky, Learning multiple layers of features from tiny images, 2009; https://www.cs.toronto.edu/~kriz/cifar.html
 *
 * @throws FormatError for files that are missing or damaged
 * @example
 * const test = await cifar10({ files: cachedFiles('cifar10'), split: 'test' });
 */
export async function cifar10(options: Cifar10Options): Promise<Dataset> {
  checkOptions('cifar10', options, { files: required(dataFiles), split });
  return published('cifar10', options.files, 'cifar-10-binary.tar.gz', 'cifar10', options.split ?? 'train');
}

/**
 * CIFAR-100: as {@link cifar10}, of 100 kinds of things in 20 groups.
 *
 * @throws FormatError for files that are missing or damaged
 * @example
 * const test = await cifar100({ files: cachedFiles('cifar100'), split: 'test', labels: 'coarse' });
 */
export async function cifar100(options: Cifar100Options): Promise<Dataset> {
  checkOptions('cifar100', options, { files: required(dataFiles), split, labels: oneOf('fine', 'coarse') });
  const kind = options.labels === 'coarse' ? 'cifar100-coarse' : 'cifar100';
  return published('cifar100', options.files, 'cifar-100-binary.tar.gz', kind, options.split ?? 'train');
}
