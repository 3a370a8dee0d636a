import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Store } from './contracts';
import { refusal, said, show } from './errors';
import { checkName, checkPrefix, isName, taken, unfinished } from './store';

export type { CommandSetting } from './node/run-command';
export { runCommand } from './node/run-command';

/**
 * A {@link Store} of files in a folder, which the first `put` makes.
 *
 * `put` writes a file of another name in the same folder, flushes it to the disk and renames it, so that a reader, a second
 * writer or a killed one meets the old bytes or the new, whole. A killed writer leaves a file `.unfinished-*`, which is
 * never listed and may be deleted. A part of a name becomes a folder: `a` and `a/b` cannot both be values here.
 *
 * @param folder path; relative to the working directory of the moment of this call
 * @throws TypeError for a folder or name that is no such thing; `Error` with the name and the system's reason as `cause`
 *   where the system refuses
 * @example
 * const store = fileStore('checkpoints');
 * await store.put('run-1/epoch-3', bytes); // checkpoints/run-1/epoch-3
 */
export function fileStore(folder: string): Store {
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0')) {
    throw said(new TypeError(refusal('fileStore', 'folder', 'the path of a folder', folder)));
  }
  const root = resolve(folder);
  const pathOf = (name: string) => join(root, ...name.split('/'));

  /** Runs a system call and says which value it was about. */
  async function about<T>(action: string, name: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const reason = (error as Error).message;
      throw said(new Error(`fileStore: cannot ${action} ${show(name)} in ${root}: ${reason}`, { cause: error }));
    }
  }

  return {
    async get(name) {
      checkName('fileStore.get', name);
      const path = pathOf(name);
      return about('get', name, async () => {
        if (!(await isFile(path))) return undefined;
        const buffer = await absent(readFile(path));
        return buffer && new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      });
    },

    async put(name, bytes) {
      const value = taken('fileStore.put', name, bytes);
      await about('put', name, () => replaceFile(pathOf(name), value));
    },

    async list(prefix) {
      checkPrefix('fileStore.list', prefix);
      const names: string[] = [];
      async function walk(path: string, start: string): Promise<void> {
        for (const entry of (await absent(readdir(path, { withFileTypes: true }))) ?? []) {
          const name = `${start}${entry.name}`;
          if (!isName(name)) continue;
          if (entry.isFile() && name.startsWith(prefix)) names.push(name);
          const inside = `${name}/`;
          if (entry.isDirectory() && (inside.startsWith(prefix) || prefix.startsWith(inside))) {
            await walk(join(path, entry.name), inside);
          }
        }
      }
      await about('list', prefix, () => walk(root, ''));
      return names.sort();
    },

    async remove(name) {
      checkName('fileStore.remove', name);
      const path = pathOf(name);
      await about('remove', name, async () => {
        if (await isFile(path)) await rm(path, { force: true });
      });
    },
  };
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${unfinished}${randomUUID()}`);
  try {
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Makes a rename survive a power cut, where the system can (Windows cannot open a folder). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function isFile(path: string): Promise<boolean> {
  return (await absent(stat(path)))?.isFile() ?? false;
}

/** The result, or `undefined` where there is no such file or folder. */
async function absent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
