import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { said } from '@agoge/core';
import type { DataFile } from '../bytes/data-files';

/** What came of a file so far, in a file beside the one to be, and beside that what is known of it. */
export interface Part {
  readonly path: string;
  readonly memo: string;
}

/** Which address the last bytes of a part came from, and what its server calls that state of the file. */
export interface Origin {
  url: string;
  /** ETag or Last-Modified, which `If-Range` takes. */
  validator?: string;
}

/** The disk does not take what is written: no other address would help. */
export class LocalError extends Error {
  constructor(who: string, path: string, cause: unknown) {
    super(`${who}: ${path} cannot be written: ${(cause as Error).message}`, { cause });
    said(this);
  }
}

/** Runs a call that writes, and says which path it was about. */
export async function writing<T>(who: string, path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new LocalError(who, path, error);
  }
}

/** The part of a file to be. */
export function partOf(path: string): Part {
  const part = join(dirname(path), `.${basename(path)}.part`);
  return { path: part, memo: `${part}.json` };
}

/** How many bytes there are. */
export async function lengthOf(part: Part): Promise<number> {
  return (await stat(part.path).catch(() => undefined))?.size ?? 0;
}

/** Forgets what came. */
export async function discard(part: Part): Promise<void> {
  await rm(part.path, { force: true });
  await rm(part.memo, { force: true });
}

/** Keeps what is known of the bytes that are coming. */
export async function remember(who: string, part: Part, origin: Origin): Promise<void> {
  await writing(who, part.memo, () => writeFile(part.memo, JSON.stringify(origin)));
}

/**
 * From which byte on an address is to be asked, and what for `If-Range`: one that sent no validator, or another than sent
 * those bytes, may continue them only where length and checksum will show whether they belong together.
 */
export async function rest(file: DataFile, url: string, part: Part): Promise<{ from: number; validator?: string }> {
  const from = await lengthOf(part);
  if (from === 0) return { from };
  const origin = await originOf(part);
  const validator = origin?.url === url ? origin.validator : undefined;
  const checkable = file.sha256 !== undefined && file.size !== undefined;
  if ((validator || checkable) && from <= (file.size ?? from)) return { from, validator };
  await discard(part);
  return { from: 0 };
}

async function originOf(part: Part): Promise<Origin | undefined> {
  try {
    const { url, validator } = JSON.parse(await readFile(part.memo, 'utf8'));
    return typeof url === 'string' ? { url, ...(typeof validator === 'string' && { validator }) } : undefined;
  } catch {
    return undefined;
  }
}

/** Makes a rename survive a power cut, where the system can (Windows cannot open a folder). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
