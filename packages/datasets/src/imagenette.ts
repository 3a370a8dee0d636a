import { checkValue, oneOf } from '@agoge/core';
import { type ImageFolder, type ImageFolderOptions, imageFolder } from './image-folder';
import { imagenetPreparation } from './preparation';

export interface ImagenetteOptions extends Omit<ImageFolderOptions, 'split' | 'classes'> {
  /** `train`: 9,469 images; `test`: the 3,925 of its folder `val`. Default `train`. */
  split?: 'train' | 'test';
}

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
 * Imagenette: ten classes of ImageNet that are easily told apart, in its folders `train` and `val`, of any of its three sizes.
 *
 * @param options as for `imageFolder`; `preparation` is `imagenetPreparation()` unless given: images come in many sizes
 * @see J. Howard, Imagenette, https://github.com/fastai/imagenette
 * @example
 * const data = await imagenette({ files: folderFiles('data/imagenette2-320'), split: 'test' });
 */
export async function imagenette(options: ImagenetteOptions): Promise<ImageFolder> {
  const { split = 'train', preparation = imagenetPreparation(), ...rest } = options;
  checkValue('imagenette', 'split', split, oneOf('train', 'test'));
  const folder = split === 'test' ? 'val' : split;
  const data = await imageFolder({ ...rest, preparation, split: folder, classes: Object.keys(classes) });
  return { ...data, classNames: Object.values(classes) };
}
