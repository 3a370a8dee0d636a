import { checkOptions, FormatError, oneOf, required } from '@agoge/core';
import { readIdxImages } from '../arrays/idx-images';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import { openMember, zipMembers } from '../bytes/zip';
import type { Dataset } from '../dataset';
import { emnistClassNames } from './named-sets';
import { openAll, openFile } from './set-files';

export interface EmnistOptions {
  /** Where `gzip.zip` lies, or the folder `gzip` that is in it. */
  files: DataFiles;
  /** Which of its six sets. Default `balanced`: 47 classes, 112,800 and 18,800 images. */
  part?: keyof typeof emnistClassNames;
  /** Default `train`. */
  split?: 'train' | 'test';
}

/** Of a packed file in the archive; the longest known has some 190 MB. */
const most = 2 ** 29;

/**
 * EMNIST: handwritten digits and letters, 28 x 28 x 1, grey levels divided by 255, in the order of the files, upright (the files
 * hold them turned and mirrored). The classes of its parts are `emnistClassNames`.
 *
 * G. Cohen, S. Afshar, J. Tapson, A. van Schaik, EMNIST: an extension of MNIST to handwritten letters, 2017.
 *
 * @throws FormatError for files that are missing or damaged
 * @example
 * const test = await emnist({ files: cachedFiles('emnist'), part: 'letters', split: 'test' });
 */
export async function emnist(options: EmnistOptions): Promise<Dataset> {
  checkOptions('emnist', options, {
    files: required(dataFiles),
    part: oneOf(...Object.keys(emnistClassNames)),
    split: oneOf('train', 'test'),
  });
  const { files, part = 'balanced', split = 'train' } = options;
  const names = ['images-idx3', 'labels-idx1'].map((kind) => `gzip/emnist-${part}-${split}-${kind}-ubyte.gz`);
  const [images, labels] = (await openAll(files, names)) ?? (await members(files, names));
  const classes = emnistClassNames[part].length;
  const firstLabel = part === 'letters' ? 1 : 0;
  return readIdxImages('emnist', { images, labels }, { classes, firstLabel, order: 'columns' });
}

async function members(files: DataFiles, names: readonly string[]) {
  const archive = await openFile('emnist', files, 'gzip.zip');
  const all = await zipMembers('emnist', archive);
  return Promise.all(
    names.map(async (name) => {
      const member = all.get(name);
      if (!member) throw new FormatError('emnist', `the archive has no ${name}`);
      return { name, bytes: await openMember('emnist', archive, member, most) };
    }),
  );
}
