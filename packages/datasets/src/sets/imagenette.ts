import { checkValue, oneOf, required } from '@agoge/core';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import { type ImageFolder, type ImageFolderOptions, imageFolder } from '../pictures/image-folder';
import { imagenetPreparation } from '../pictures/preparation';
import { imagesInTar, openFile } from './set-files';

export interface ImagenetteOptions extends Omit<ImageFolderOptions, 'split' | 'classes'> {
  /** `train`: 9,469 images; `test`: the 3,925 of its folder `val`. Default `train`. */
  split?: 'train' | 'test';
  /** Of which size the archive is that is read where its folders do not lie unpacked: 160, 320 or `full`. Default 160. */
  size?: 160 | 320 | 'full';
}

const archives = { 160: 'imagenette2-160', 320: 'imagenette2-320', full: 'imagenette2' };
/** Of an archive's images, which stay in memory as they are packed: the full one has 1.6 GB. */
const most = 2 ** 31;

/** The folders of Imagenette and what they show, in the order of their labels. */
const classes = {
  n01440764: 'tench',
  n02102040: 'English springer',
  n02979186: 'cassette player',
  n03000684: 'chain saw',
  n03028079: 'church',
  n03394916: 'French horn',
  n03417042: 'garbage truck',
  n03425413: 'gas pump',
  n03445777: 'golf ball',
  n03888257: 'parachute',
};

/**
 * Imagenette: ten classes of ImageNet that are easily told apart, from its folders `train` and `val` or from an archive, of any of
 * its three sizes.
 *
 * @param options as for `imageFolder`; `preparation` is `imagenetPreparation()` unless given: images come in many sizes
 * @see J. Howard, Imagenette, https://github.com/fastai/imagenette
 * @example
 * const data = await imagenette({ files: folderFiles('data/imagenette2-320'), split: 'test' });
 */
export async function imagenette(options: ImagenetteOptions): Promise<ImageFolder> {
  const { split = 'train', size = 160, preparation = imagenetPreparation(), files, ...rest } = options;
  checkValue('imagenette', 'files', files, required(dataFiles));
  checkValue('imagenette', 'split', split, oneOf('train', 'test'));
  checkValue('imagenette', 'size', size, oneOf(160, 320, 'full'));
  const folder = split === 'test' ? 'val' : split;
  const unpacked = (await files.list()).some((name) => name.startsWith(`${folder}/`));
  const images = unpacked ? files : await fromArchive(files, archives[size]);
  const data = await imageFolder({ ...rest, files: images, preparation, split: folder, classes: Object.keys(classes) });
  return { ...data, classNames: Object.values(classes) };
}

async function fromArchive(files: DataFiles, name: string): Promise<DataFiles> {
  const archive = await openFile('imagenette', files, `${name}.tgz`);
  return imagesInTar('imagenette', archive, { under: name, most });
}
