import { FormatError } from '@agoge/core';
import type { Bytes } from '../bytes/bytes';
import type { DataFiles } from '../bytes/data-files';
import { unpackedFeed } from '../bytes/inflate';
import { tarFiles } from '../bytes/tar';
import { type ImagesInOptions, imagesIn } from '../pictures/images-in';

/** A file that a set cannot do without. */
export async function openFile(who: string, files: DataFiles, name: string): Promise<Bytes> {
  const bytes = await files.open({ name });
  if (!bytes) throw new FormatError(who, `there is no ${name}`);
  return bytes;
}

/** Files that all lie there, by their names; `undefined` where one is missing. */
export async function openAll(
  files: DataFiles,
  names: readonly string[],
): Promise<{ name: string; bytes: Bytes }[] | undefined> {
  const opened: { name: string; bytes: Bytes }[] = [];
  for (const name of names) {
    const bytes = await files.open({ name });
    if (!bytes) return undefined;
    opened.push({ name, bytes });
  }
  return opened;
}

/** The images of a packed tar archive, in memory as they are packed themselves. */
export async function imagesInTar(who: string, archive: Bytes, options: Required<ImagesInOptions>): Promise<DataFiles> {
  // Headers and other members need some room too.
  const feed = await unpackedFeed(who, archive, 2 * options.most);
  try {
    return await imagesIn(tarFiles(who, feed), options);
  } finally {
    await feed.close();
  }
}
