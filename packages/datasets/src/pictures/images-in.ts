import { checkOptions, FormatError, integer, show, string } from '@agoge/core';
import { type DataFiles, namedFiles } from '../bytes/data-files';
import { isImageName } from './image-header';

export interface ImagesInOptions {
  /** The folder in the archive that is the root: `cifar10` makes `cifar10/train/cat/1.jpg` the file `train/cat/1.jpg`. Default: none. */
  under?: string;
  /** Bytes that are kept in memory, of all images; more are refused. Default 1 GiB. */
  most?: number;
}

/** A file in an archive, read before the next one is asked for: a `TarFile`. */
export interface ArchiveEntry {
  readonly name: string;
  readonly size: number;
  read(): Promise<Uint8Array>;
}

/**
 * The images of an archive as files in memory, still packed, for `imageFolder`. Other members are left out; names are names
 * only, never paths to write to.
 *
 * @param entries its members, as they come
 * @throws FormatError for more bytes than `most`, and where two images have one name
 * @example
 * const files = await imagesIn(tarFiles('cifar10-jpeg', feed), { under: 'cifar10' });
 * const train = await imageFolder({ files, split: 'train' });
 */
export async function imagesIn(
  entries: AsyncIterable<ArchiveEntry>,
  options: ImagesInOptions = {},
): Promise<DataFiles> {
  checkOptions('imagesIn', options, { under: string, most: integer({ min: 0 }) });
  const { under, most = 2 ** 30 } = options;
  const root = under === undefined ? '' : `${under}/`;
  const images = new Map<string, Uint8Array>();
  let length = 0;
  for await (const entry of entries) {
    if (!isImageName(entry.name) || !entry.name.startsWith(root)) continue;
    const name = entry.name.slice(root.length);
    if (images.has(name)) throw new FormatError('imagesIn', `there are two images ${show(entry.name)}`);
    length += entry.size;
    if (length > most) throw new FormatError('imagesIn', `there are more than most = ${most} bytes of images`);
    images.set(name, await entry.read());
  }
  return namedFiles(Object.fromEntries(images));
}
