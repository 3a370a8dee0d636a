import { checkOptions, required, string } from '@agoge/core';
import { arrayRules } from '../arrays/npy-images';
import { type NpzImagesOptions, readNpz } from '../arrays/npz-images';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import type { Dataset } from '../dataset';
import { openFile } from './set-files';

export interface NpzOptions extends Omit<NpzImagesOptions, 'file'> {
  /** Where the archive lies. */
  files: DataFiles;
  /** The archive's name: `cifar10_ddpm.npz`. */
  name: string;
}

/**
 * Images and labels from an `.npz` archive in a folder: {@link npzImages} as a set with a name, for the command and for jobs.
 *
 * @throws FormatError for an archive that is missing or damaged
 * @example
 * const extra = await npz({ files: folderFiles('data'), name: 'cifar10_ddpm.npz' });
 */
export async function npz(options: NpzOptions): Promise<Dataset> {
  const rules = { files: required(dataFiles), name: required(string), images: string, labels: string, ...arrayRules };
  checkOptions('npz', options, rules);
  const { files, name, ...rest } = options;
  return readNpz(`npz: ${name}`, await openFile('npz', files, name), rest);
}
