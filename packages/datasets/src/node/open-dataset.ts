import { type Batches, checkOptions, lookUp, object, said, string } from '@agoge/core';
import { datasets, isFromFiles } from '../registry';
import { filesOf, namedSets } from '../sets/named-sets';
import { type CachedFilesOptions, cachedFiles } from './cached-files';
import { folderFiles } from './folder-files';

export interface DatasetPlace extends CachedFilesOptions {
  /** The folder of this set's files, which are taken as they are: nothing is downloaded, no checksum is looked at. */
  folder?: string;
}

/**
 * Opens a data set by its name.
 *
 * A set in files is read from `folder`, else from its folder under the folder of all data (`cachedFiles`), which is filled only
 * where `download` is `true`.
 *
 * @param name of `datasets` of `@agoge/datasets/registry`
 * @param options of the set, as JSON
 * @param place where its files lie
 * @throws TypeError for an unknown name, and for a folder that is missing or not needed; as the set itself and `cachedFiles`
 * @example
 * const test = await openDataset('cifar10', { split: 'test' }, { download: true });
 */
export async function openDataset(
  name: string,
  options: Readonly<Record<string, unknown>> = {},
  place: DatasetPlace = {},
): Promise<Batches> {
  const make = lookUp('openDataset', 'data set', name, datasets);
  const { folder, download = false, ...rest } = place;
  checkOptions('openDataset', { options, folder }, { options: object, folder: string });
  if (!isFromFiles(name)) {
    if (folder !== undefined) throw said(new TypeError(`openDataset: ${name} is read from no folder`));
    return make(options);
  }
  if (folder !== undefined) return make({ ...options, files: folderFiles(folder) });
  if (!Object.hasOwn(namedSets, name)) {
    throw said(new TypeError(`openDataset: ${name} needs the folder of its files`));
  }
  const files = cachedFiles(name, { ...rest, download });
  // Where nothing is, all that is missing is told of, or downloaded, at once.
  if ((await files.list()).length === 0) await files.need(filesOf(name, options), rest.signal);
  return make({ ...options, files });
}
