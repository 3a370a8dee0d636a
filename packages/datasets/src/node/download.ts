import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Progress, said } from '@agoge/core';
import type { DataFile } from '../bytes/data-files';
import { faultOf } from './checksum';
import { discard, LocalError, lengthOf, type Part, partOf, remember, rest, syncFolder, writing } from './part';

export interface DownloadOptions {
  signal?: AbortSignal;
  /** Bytes that are there, of all. */
  onProgress?(progress: Progress): void;
  /** Default: the global one, which knows no proxy. */
  fetch?: typeof globalThis.fetch;
  /** Milliseconds before each next try of an address that brought nothing new; default 1,000, 2,000, 4,000, 8,000. */
  pauses?: readonly number[];
  /** Milliseconds without a byte after which a try is given up; default 30,000. */
  stall?: number;
}

/** An address that does not give the file, however often it is asked. */
class Refused extends Error {}

/**
 * Downloads a file, whole and right or not at all.
 *
 * The addresses are tried in turn, each again after a break in the line, with longer and longer pauses, as long as it brings
 * something new. What came before a break, or before the process was killed, is kept in a file `.NAME.part` and continued by
 * an HTTP range, under `If-Range` where the server is the same; one that ignores ranges, or has another state of the file,
 * starts anew. Length and SHA-256 are checked, the file is flushed to the disk, and only then gets its name.
 *
 * @param who for messages
 * @param path where the file goes; its folder exists
 * @throws Error that lists what each address answered, or that names what cannot be written
 */
export async function download(who: string, file: DataFile, path: string, options: DownloadOptions = {}) {
  const part = partOf(path);
  const failures: string[] = [];
  for (const url of file.urls ?? []) {
    try {
      await fromAddress(who, file, url, part, options);
      await writing(who, path, () => rename(part.path, path));
      await rm(part.memo, { force: true });
      return await syncFolder(dirname(path));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof LocalError) throw error;
      failures.push(`${url} ${reasonOf(error)}`);
    }
  }
  throw said(new Error(`${who}: ${file.name} could not be downloaded: ${failures.join('; ')}`));
}

/** Brings the whole file from one address into the part, and checks it. */
async function fromAddress(who: string, file: DataFile, url: string, part: Part, options: DownloadOptions) {
  const { signal, pauses = [1000, 2000, 4000, 8000] } = options;
  let furthest = await lengthOf(part);
  for (let tries = 0; ; tries++) {
    try {
      const continued = await receive(who, file, url, part, options);
      const fault = await faultOf(part.path, file, signal);
      if (fault === undefined) return;
      await discard(part);
      if (!continued) throw new Refused(fault);
      // Two states of the file may have met: once more, from its beginning.
      if (tries >= pauses.length) throw new Refused(fault);
    } catch (error) {
      if (signal?.aborted || error instanceof LocalError || error instanceof Refused) throw error;
      const length = await lengthOf(part);
      if (length > furthest) [furthest, tries] = [length, 0];
      if (tries >= pauses.length) throw error;
      await pause(pauses[tries], undefined, { signal });
    }
  }
}

/**
 * Asks once for what is missing and writes what comes.
 *
 * @returns whether bytes of before are part of it
 */
async function receive(who: string, file: DataFile, url: string, part: Part, options: DownloadOptions) {
  const { signal, onProgress, stall = 30_000, fetch = globalThis.fetch } = options;
  const { from, validator } = await rest(file, url, part);
  if (from > 0 && from === file.size) return true;

  const line = stallable(stall, signal);
  try {
    const range = from > 0 && { range: `bytes=${from}-`, ...(validator && { 'if-range': validator }) };
    const response = await fetch(url, { headers: { 'accept-encoding': 'identity', ...range }, signal: line.signal });
    if (response.status === 416) await discard(part);
    const { start, total = file.size } = answered(response, from);
    if (file.size !== undefined && total !== file.size) throw new Refused(`has ${total} bytes, not ${file.size}`);
    await remember(who, part, { url, validator: validatorOf(response) });

    const note = `${file.name} from ${new URL(url).host}`;
    const out = await writing(who, part.path, () => open(part.path, start > 0 ? 'r+' : 'w'));
    let at = start;
    try {
      for await (const piece of response.body ?? []) {
        line.awake();
        if (at + piece.length > (total ?? Infinity)) {
          await discard(part);
          throw new Refused(`sent more than ${total} bytes`);
        }
        await writing(who, part.path, () => writeAll(out, piece, at));
        at += piece.length;
        onProgress?.({ done: at, total: total ?? at, note });
      }
      await writing(who, part.path, () => out.sync());
    } finally {
      await out.close();
    }
    if (at < (total ?? 0)) throw new Error(`ended after ${at} of ${total} bytes`);
    return start > 0;
  } finally {
    line.end();
  }
}

/** At which byte an answer starts, and how long the whole file is, if it says so. */
function answered(response: Response, from: number): { start: number; total?: number } {
  const { status, headers } = response;
  const passing = [408, 416, 425, 429].includes(status) || status >= 500;
  if (passing) throw new Error(`answered ${status}`);
  const [, first, all] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (status === 206 && Number(first) === from) return { start: from, ...(all !== '*' && { total: Number(all) }) };
  if (status !== 200) throw new Refused(status === 206 ? 'answered another range' : `answered ${status}`);
  const length = headers.get('content-length');
  // The length is that of what is encoded, which arrives decoded.
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  return { start: 0, ...(length && !encoded && { total: Number(length) }) };
}

function validatorOf({ headers }: Response): string | undefined {
  const tag = headers.get('etag');
  return (tag?.startsWith('"') ? tag : headers.get('last-modified')) ?? undefined;
}

/** A signal that also aborts when nothing was heard for so long. */
function stallable(stall: number, signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  let timer: NodeJS.Timeout | undefined;
  const awake = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(new Error(`sent nothing for ${stall / 1000} s`)), stall);
  };
  signal?.throwIfAborted();
  signal?.addEventListener('abort', stop, { once: true });
  awake();
  return {
    signal: controller.signal,
    awake,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      controller.abort();
    },
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

/** `fetch` says why in the cause alone. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error & { code?: string } };
  return cause ? `${message} (${cause.message || cause.code})` : message;
}
