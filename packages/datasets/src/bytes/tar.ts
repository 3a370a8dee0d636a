import { FormatError, show } from '@agoge/core';
import { nameInside } from './archive-name';
import type { Bytes } from './bytes';
import { type Feed, feedOf } from './feed';
import { partOf } from './part-of';

/** A file in a tar archive, to be read before the next one is asked for, or left out. */
export interface TarFile {
  /** Its parts separated by `/`; it never leaves the archive's folder. To be compared with, never to be used as a path. */
  readonly name: string;
  readonly size: number;
  /** Where its first byte lies in the archive. */
  readonly at: number;
  /** Its bytes; once. */
  read(): Promise<Uint8Array>;
}

const block = 512;
/** Of a header that holds a long name. */
const mostHeader = 2 ** 16;
const decoder = new TextDecoder();

/** What is neither a file nor a folder, by its letter. */
const refused: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a pipe',
  K: 'a link with a long name',
  S: 'a sparse file',
};

/**
 * The files of a tar archive as they come: POSIX ustar and pax, and GNU's long names. Folders are passed over.
 *
 * Nothing is written anywhere. An archive is refused when it gets to a link, a device, a name that is absolute or has `..` in
 * it, or a second file of the name of one that was read; also for a wrong checksum, and for one that is cut short.
 *
 * @param who the archive's name, for messages
 * @param feed of its bytes, unpacked; it is read to its end, so that a checksum of the packing is held against it too
 * @see POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"
 */
export async function* tarFiles(who: string, feed: Feed): AsyncGenerator<TarFile> {
  const seen = new Set<string>();
  let long: { name?: string; size?: number } = {};
  while (!(await feed.ended())) {
    const header = await feed.take(block);
    if (header.every((byte) => byte === 0)) break;
    const { type, ...short } = headerOf(who, header, feed.at - block);
    if (type === 'x' || type === 'g' || type === 'L') {
      const record = await longHeader(who, feed, type, short.size);
      if (type !== 'g') long = { ...long, ...record };
      continue;
    }
    const { name: given, size } = { ...short, ...long };
    long = {};
    const name = nameInside(who, given);
    if (type in refused)
      throw new FormatError(who, `${show(name)} is ${refused[type]}; only files and folders are read`);
    if (!['0', '\0', '7', '5'].includes(type))
      throw new FormatError(who, `${show(name)} is of the unknown type ${show(type)}`);
    const at = feed.at;
    if (type !== '5') {
      yield {
        name,
        size,
        at,
        async read() {
          if (seen.has(name)) throw new FormatError(who, `has two files of the name ${show(name)}`);
          seen.add(name);
          return feed.take(size);
        },
      };
    }
    await feed.skip(at + padded(size) - feed.at);
  }
  await feed.finish();
}

/**
 * The files of a tar archive that is not packed, by name: their bytes stay where they are.
 *
 * @throws FormatError as {@link tarFiles}, and for any two files of one name
 */
export async function tarMembers(who: string, archive: Bytes): Promise<Map<string, Bytes>> {
  const members = new Map<string, Bytes>();
  for await (const { name, size, at } of tarFiles(who, feedOf(who, archive))) {
    if (members.has(name)) throw new FormatError(who, `has two files of the name ${show(name)}`);
    if (at + size > archive.length) throw new FormatError(who, `is cut short in ${show(name)}`);
    members.set(name, partOf(archive, at, at + size));
  }
  return members;
}

const padded = (size: number) => Math.ceil(size / block) * block;

interface Header {
  name: string;
  size: number;
  type: string;
}

function headerOf(who: string, header: Uint8Array, at: number): Header {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (octal(header.subarray(148, 156)) !== sum) {
    throw new FormatError(who, `is no tar archive, or damaged: the header at byte ${at} has a wrong checksum`);
  }
  const size = octal(header.subarray(124, 136)) ?? large(header.subarray(124, 136));
  if (size === undefined) throw new FormatError(who, `the header at byte ${at} has no size`);
  const prefix = text(header.subarray(257, 263)) === 'ustar' ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  return { name: prefix ? `${prefix}/${name}` : name, size, type: String.fromCharCode(header[156]) };
}

/** A field up to its first NUL. */
function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return decoder.decode(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits between blanks; `undefined` for anything else. */
function octal(field: Uint8Array): number | undefined {
  const digits = text(field).trim();
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** GNU's form of sizes that octal digits have no room for: a byte 0x80, then a big-endian number. */
function large(field: Uint8Array): number | undefined {
  const value = field.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
  return field[0] === 0x80 && Number.isSafeInteger(value) ? value : undefined;
}

/** Name and size as a header of their own gives them: records of pax, `23 path=...`, or GNU's name alone. */
async function longHeader(
  who: string,
  feed: Feed,
  type: string,
  size: number,
): Promise<{ name?: string; size?: number }> {
  if (size > mostHeader)
    throw new FormatError(who, `has a header of ${size} bytes, more than the ${mostHeader} that are read`);
  const bytes = await feed.take(size);
  await feed.skip(padded(size) - size);
  if (type === 'L') return { name: text(bytes) };
  const found: { name?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const length = blank === -1 ? Number.NaN : Number(decoder.decode(bytes.subarray(at, blank)));
    const record = decoder.decode(bytes.subarray(blank + 1, at + length - 1));
    if (!(length > blank - at && at + length <= bytes.length && record.includes('='))) {
      throw new FormatError(who, `has a damaged pax header, at byte ${feed.at - padded(size) + at}`);
    }
    const [key] = record.split('=', 1);
    const value = record.slice(key.length + 1);
    if (key === 'path') found.name = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw new FormatError(who, `has a pax header with the size ${show(value)}`);
      found.size = Number(value);
    }
    at += length;
  }
  return found;
}
