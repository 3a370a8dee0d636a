import type { Batches } from '@agoge/core';
import { imageFolder } from './pictures/image-folder';
import { cifar10, cifar100 } from './sets/cifar';
import { cifar10C } from './sets/cifar10-c';
import { cifar10Jpeg } from './sets/cifar10-jpeg';
import { csv } from './sets/csv';
import { digits } from './sets/digits';
import { emnist } from './sets/emnist';
import { imagenette } from './sets/imagenette';
import { fashionMnist, kmnist, mnist } from './sets/mnist';
import { npz } from './sets/npz';
import { parquet } from './sets/parquet';
import { shapes } from './sets/shapes';
import { svhn } from './sets/svhn';

export type { NamedSet } from './sets/named-sets';
export { filesOf, namedSets } from './sets/named-sets';

type Make = (options?: object) => Batches | Promise<Batches>;

/** Sets that come with the package. */
const embedded = { digits, shapes };
/** Sets that are read from files: of a folder, or, where `namedSets` knows them, of the cache. */
const fromFiles = {
  cifar10,
  cifar100,
  cifar10C,
  'cifar10-jpeg': cifar10Jpeg,
  csv,
  emnist,
  fashionMnist,
  imageFolder,
  imagenette,
  kmnist,
  mnist,
  npz,
  parquet,
  svhn,
};

/** Data sets by name, for the command and for jobs: options are JSON, but for the `files` of those that are read from files. */
export const datasets: Readonly<Record<string, Make>> = { ...embedded, ...fromFiles } as Record<string, Make>;

/** Whether a data set of that name takes the option `files`. */
export const isFromFiles = (name: string): boolean => Object.hasOwn(fromFiles, name);

/** Whether a data set of that name has parts (`split`): a file by its name has none. */
export const hasSplit = (name: string): boolean => name !== 'csv' && name !== 'npz';

/** The word that takes class folders whole. */
const whole = 'all';

/**
 * Options by which a data set of that name gives a part of itself, as `--split` names it: `{ split }`; nothing for a file by its name,
 * and nothing for `imageFolder` and the word `all`, which makes the folders at the top its classes.
 */
export const splitOptions = (name: string, split: string): { split?: string } =>
  hasSplit(name) && !(name === 'imageFolder' && split === whole) ? { split } : {};
