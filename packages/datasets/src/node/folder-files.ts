import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { checkValue, required, said, show, string } from '@agoge/core';
import type { DataFiles } from '../bytes/data-files';
import { fileBytes } from './file-bytes';

/**
 * Files of a data set that lie in a folder; nothing is downloaded, and checksums are not looked at.
 *
 * @param folder path; relative to the working directory of the moment of this call
 *
 * @example
 * const test = await mnist({ files: folderFiles('data/mnist'), split: 'test' });
 */
export function folderFiles(folder: string): DataFiles {
  checkValue('folderFiles', 'folder', folder, required({ ...string, expected: 'the path of a folder' }));
  const root = resolve(folder);
  return {
    async open({ name }) {
      const path = join(root, name);
      const found = await stat(path).catch(() => undefined);
      return found?.isFile() ? fileBytes(path) : undefined;
    },
    async list(under = '') {
      const at = join(root, under);
      const entries = await readdir(at, { recursive: true, withFileTypes: true }).catch(
        async (cause: NodeJS.ErrnoException) => {
          // A folder without files is none, as in an archive; that all of it is missing is an error.
          if (cause.code === 'ENOENT' && (await stat(root).catch(() => undefined))) return [];
          throw said(new Error(`folderFiles: ${show(at)} cannot be read: ${cause.message}`, { cause }));
        },
      );
      const files = entries.filter((each) => each.isFile());
      return files
        .map(({ parentPath, name }) =>
          join(parentPath, name)
            .slice(root.length + 1)
            .split(sep)
            .join('/'),
        )
        .sort();
    },
  };
}
