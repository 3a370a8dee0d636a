import { checkOptions, FormatError, integer, oneOf, required } from '@agoge/core';
import { readArrayImages } from '../arrays/array-images';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import { tarMembers } from '../bytes/tar';
import { type CorruptionName, corruptors } from '../corruptions/corruptions';
import { type Dataset, dataset } from '../dataset';
import { openAll, openFile } from './set-files';

export interface Cifar10COptions {
  /** Where `CIFAR-10-C.tar` lies, or the folder `CIFAR-10-C` that is in it. */
  files: DataFiles;
  /** One of the 15 of the paper. */
  corruption: CorruptionName;
  /** From 1, the mildest, to 5. */
  severity: number;
  /** There is no other. Default `test`. */
  split?: 'test';
}

const folder = 'CIFAR-10-C';
const images = 10_000;

/**
 * CIFAR-10-C: the 10,000 test images of CIFAR-10 under one corruption at one severity, 32 x 32 x 3, levels divided by 255;
 * read from the archive by rows when they are asked for. Examples are numbered as in CIFAR-10.
 *
 * D. Hendrycks and T. Dietterich, Benchmarking neural network robustness to common corruptions and perturbations (ICLR 2019).
 *
 * @throws FormatError for files that are missing or damaged
 * @example
 * const foggy = await cifar10C({ files: cachedFiles('cifar10C'), corruption: 'fog', severity: 3 });
 */
export async function cifar10C(options: Cifar10COptions): Promise<Dataset> {
  checkOptions('cifar10C', options, {
    files: required(dataFiles),
    corruption: required(oneOf(...Object.keys(corruptors))),
    severity: required(integer({ min: 1, max: 5 })),
    split: oneOf('test'),
  });
  const { files, corruption, severity } = options;
  const names = [`${folder}/${corruption}.npy`, `${folder}/labels.npy`];
  const [x, y] = (await openAll(files, names)) ?? (await members(files, names));
  const rows = { from: (severity - 1) * images, to: severity * images };
  const data = await readArrayImages('cifar10C', x, y, rows);
  return dataset({ ...data, numbers: Float64Array.from({ length: images }, (_, i) => i) });
}

async function members(files: DataFiles, names: readonly string[]) {
  const archive = await tarMembers('cifar10C', await openFile('cifar10C', files, `${folder}.tar`));
  const found = await openAll(
    { open: async ({ name }) => archive.get(name), list: async () => [...archive.keys()] },
    names,
  );
  if (!found) throw new FormatError('cifar10C', `the archive has no ${names.join(' or no ')}`);
  return found;
}
