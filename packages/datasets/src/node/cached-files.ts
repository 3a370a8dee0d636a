import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import {
  boolean,
  checkOptions,
  FormatError,
  fn,
  lookUp,
  type Progress,
  runRules,
  said,
  show,
  string,
} from '@agoge/core';
import type { DataFile, DataFiles } from '../bytes/data-files';
import { namedSets } from '../sets/named-sets';
import { knownFaultOf, rememberRight } from './checksum';
import { dataHome } from './data-home';
import { download } from './download';
import { fileBytes } from './file-bytes';
import { folderFiles } from './folder-files';
import { locked } from './lock';
import { writing } from './part';

/** The files of a set of one's own: what {@link namedSets} holds of the published ones. */
export interface FileSet {
  /** Of its files, under the folder of all data. */
  readonly folder: string;
  readonly files: readonly DataFile[];
}

export interface CachedFilesOptions {
  /** The folder of all data; default: the environment's `AGOGE_DATA`, else the platform's cache folder (`dataHome`). */
  home?: string;
  /** Whether files that are missing are downloaded; default `true`. */
  download?: boolean;
  /** Bytes of a file that are there, of all that it has; `note` names the file and where it comes from. */
  onProgress?(progress: Progress): void;
  signal?: AbortSignal;
  /** What to download with, such as one that goes through a proxy; default: the global one. */
  fetch?: typeof globalThis.fetch;
}

/** {@link DataFiles} of a folder that fills itself. */
export interface CachedFiles extends DataFiles {
  /** The folder. */
  readonly path: string;
  /**
   * Sees to it that some files are there and are right, downloading what is missing.
   *
   * @throws Error that says of each missing file where it goes, where it is published, its length and its SHA-256, where
   *   nothing is downloaded
   */
  need(files: readonly DataFile[], signal?: AbortSignal): Promise<void>;
}

/**
 * The files of a published data set, from its folder under the folder of all data, downloaded when they are first asked for.
 *
 * A download continues after a break or a killed process, tries the addresses in turn, and is checked (length, SHA-256)
 * before the file gets its name; of several processes one downloads and the others wait. A file that is there is checked
 * once; if it is another than the published one it is refused, never replaced (`folderFiles` reads it as it is).
 *
 * @param set a name of `namedSets`, or the files of one's own set
 * @example
 * const test = await mnist({ files: cachedFiles('mnist'), split: 'test' });
 */
export function cachedFiles(set: string | FileSet, options: CachedFilesOptions = {}): CachedFiles {
  const who = typeof set === 'string' ? set : set.folder;
  const { folder, files } = typeof set === 'string' ? lookUp('cachedFiles', 'data set', set, namedSets) : set;
  const { signal, onProgress } = runRules;
  checkOptions('cachedFiles', options, { home: string, download: boolean, onProgress, signal, fetch: fn });
  const root = join(dataHome(options.home), folder);
  const mayDownload = options.download ?? true;

  /** Where a file of that name lies: in the folder, whatever the name. */
  function pathOf(name: string): string {
    const path = join(root, name);
    if (name !== '' && path.startsWith(root + sep)) return path;
    throw new FormatError(who, `${show(name)} names no file in ${root}`);
  }

  async function need(wanted: readonly DataFile[], signal = options.signal): Promise<void> {
    const missing: DataFile[] = [];
    for (const file of wanted) if (!(await isFile(pathOf(file.name)))) missing.push(file);
    const notGot = mayDownload ? missing.filter(({ urls = [] }) => urls.length === 0) : missing;
    if (notGot.length > 0) throw said(new Error(absence(who, root, notGot)));
    for (const file of missing) await bring(file, signal);
    for (const file of wanted) await check(file, signal);
  }

  async function bring(file: DataFile, signal?: AbortSignal): Promise<void> {
    const path = pathOf(file.name);
    const { onProgress, fetch } = options;
    await writing(who, dirname(path), () => mkdir(dirname(path), { recursive: true }));
    const onWait = () => onProgress?.({ done: 0, total: 1, note: `${file.name}: another process downloads it` });
    await locked(who, join(dirname(path), `.${basename(path)}.lock`), { signal, onWait }, async () => {
      if (await isFile(path)) return;
      await download(who, file, path, { signal, fetch, ...(onProgress && { onProgress }) });
      await rememberRight(path, file);
    });
  }

  async function check(file: DataFile, signal?: AbortSignal): Promise<void> {
    const fault = await knownFaultOf(pathOf(file.name), file, signal);
    if (fault === undefined) return;
    const advice = 'remove it, or give its folder (folderFiles, --data-dir) to read it as it is';
    throw new FormatError(who, `${pathOf(file.name)} ${fault}, so it is not the published file: ${advice}`);
  }

  return {
    path: root,
    need,
    async open({ name }, signal) {
      const known = files.find((file) => file.name === name);
      if (known) await need([known], signal);
      const path = pathOf(name);
      if (!(await isFile(path))) return undefined;
      const unpacked = files.find((file) => file.name === `${name}.gz`)?.unpacked;
      if (unpacked) await check({ name, ...unpacked }, signal);
      return fileBytes(path);
    },
    async list(under) {
      if (!existsSync(root)) return [];
      const names = await folderFiles(root).list(under);
      return names.filter((name) => !name.split('/').some((part) => part.startsWith('.')));
    },
  };
}

/** What to put where. */
function absence(who: string, folder: string, missing: readonly DataFile[]): string {
  const each = missing.map(({ name, size, sha256, urls = [] }) => {
    const facts = [size !== undefined && `${size} bytes`, sha256 && `SHA-256 ${sha256}`].filter(Boolean).join(', ');
    return `${name}${facts && ` (${facts})`}${urls.length > 0 ? ` from ${urls.join(' or ')}` : ', which is published nowhere'}`;
  });
  const can = missing.every(({ urls = [] }) => urls.length > 0);
  const advice = can ? 'put it there, or let it be downloaded (--download; in code: download: true)' : 'put it there';
  return `${who}: ${folder} lacks ${each.join('; ')}: ${advice}`;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
