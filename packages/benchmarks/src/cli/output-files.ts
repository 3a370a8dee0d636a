import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { refusal, said } from '@agoge/core';
import { fileStore } from '@agoge/core/node';

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
  const full = resolve(path);
  await fileStore(dirname(full)).put(basename(full), bytes);
}

/** Where the page of a result goes, if nobody says: `result.html` beside `result.json`. */
export const pageBeside = (out: string): string => `${out.replace(/\.json$/, '')}.html`;

/** A path as a terminal lets one open it. */
export const linkTo = (path: string): string => pathToFileURL(path).href;

/**
 * Says before the work begins that its result could not be kept: the nearest folder above that exists must be one and take
 * files.
 *
 * @param option the command-line option, for the message
 * @param path a file or folder to be made
 * @param is what it will be
 */
export async function checkWritable(option: string, path: string, is: 'file' | 'folder'): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found && (is === 'folder') !== found.isDirectory()) {
    throw said(new Error(refusal('agoge', option, `the path of a ${is}`, path)));
  }
  let folder = resolve(path);
  if (is === 'file') folder = dirname(folder);
  for (;;) {
    const here = await stat(folder).catch(() => undefined);
    if (here) {
      const ok = here.isDirectory() && (await access(folder, constants.W_OK).then(yes, no));
      if (ok) return;
      throw said(new Error(refusal('agoge', option, `a place that can be written to (${folder} cannot)`, path)));
    }
    folder = dirname(folder);
  }
}

const yes = () => true;
const no = () => false;
