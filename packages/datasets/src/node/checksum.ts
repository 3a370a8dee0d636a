import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { DataFile } from '../bytes/data-files';

/** SHA-256 of a file in hexadecimal; of at most `most` bytes of what it unpacks to, where it is to be unpacked. */
async function digest(path: string, most?: number, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  let length = 0;
  async function count(pieces: AsyncIterable<Buffer>): Promise<void> {
    for await (const piece of pieces) {
      length += piece.length;
      if (most !== undefined && length > most) throw new Error(`unpacks to more than ${most} bytes`);
      hash.update(piece);
    }
  }
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  if (most === undefined) await pipeline(file, count, { signal });
  else await pipeline(file, createGunzip(), count, { signal });
  return hash.digest('hex');
}

/**
 * What is wrong with a file, `undefined` if it is the one meant: its length and SHA-256 are as said, or, packed by another
 * hand, it unpacks to what they say.
 */
export async function faultOf(path: string, file: DataFile, signal?: AbortSignal): Promise<string | undefined> {
  const { size, sha256, unpacked } = file;
  const length = (await stat(path)).size;
  const rightLength = size === undefined || length === size;
  const sum = sha256 !== undefined && rightLength ? await digest(path, undefined, signal) : undefined;
  if (rightLength && sum === sha256) return undefined;
  if (unpacked && (await unpacksTo(path, unpacked, signal))) return undefined;
  return rightLength ? `has SHA-256 ${sum}, not ${sha256}` : `has ${length} bytes, not ${size}`;
}

async function unpacksTo(
  path: string,
  { size, sha256 }: { size: number; sha256: string },
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    return (await digest(path, size, signal)) === sha256;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/**
 * As {@link faultOf}, looking into a file only once: that it was right is remembered beside it, with its length and time of
 * change, as far as its folder can be written.
 */
export async function knownFaultOf(path: string, file: DataFile, signal?: AbortSignal): Promise<string | undefined> {
  const known = await readFile(memoOf(path), 'utf8').catch(() => undefined);
  if (known === (await stateOf(path, file))) return undefined;
  const fault = await faultOf(path, file, signal);
  if (fault === undefined) await rememberRight(path, file);
  return fault;
}

/** Remembers that a file was found right. */
export async function rememberRight(path: string, file: DataFile): Promise<void> {
  const state = await stateOf(path, file);
  await writeFile(memoOf(path), state).catch(() => undefined);
}

const memoOf = (path: string) => join(dirname(path), `.${basename(path)}.checked.json`);

async function stateOf(path: string, { sha256 }: DataFile): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return JSON.stringify({ size, mtimeMs, sha256 });
}
