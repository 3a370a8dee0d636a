import { FormatError, show } from '@agoge/core';
import { nameInside } from './archive-name';
import { type Bytes, bytesOf, piecesOf } from './bytes';
import { feedOfPieces } from './feed';
import { inflated, packedPiece } from './inflate';
import { partOf } from './part-of';

/** A file in a zip archive, as its directory describes it. */
export interface ZipMember {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Of the unpacked bytes. */
  readonly crc: number;
  /** Bytes that it takes in the archive, from its own header at `offset` on, which is not among them. */
  readonly packed: number;
  readonly offset: number;
  /** 0: stored as it is; 8: deflated. */
  readonly method: number;
  readonly encrypted: boolean;
}

const endLength = 22;
/** Of the directory, in bytes. */
const mostDirectory = 2 ** 26;
const [unknown16, unknown32] = [0xffff, 0xffffffff];
const symbolicLink = 0xa000;

/**
 * The directory of a zip archive, zip64 too; nothing else of it is read.
 *
 * @param who the archive's name, for messages
 * @returns its files by name, folders left out
 * @throws FormatError for names that are absolute or have `..` in them, for links, for two files of one name, for members that
 * take more bytes together than there are, for archives in several parts, and for what is damaged
 * @see PKWARE, APPNOTE.TXT, .ZIP File Format Specification
 */
export async function zipMembers(who: string, archive: Bytes): Promise<Map<string, ZipMember>> {
  const { entries, size, offset } = await directoryOf(who, archive);
  if (size > mostDirectory)
    throw new FormatError(who, `has a directory of ${size} bytes, more than the ${mostDirectory} that are read`);
  const view = viewOf(await archive.read(offset, offset + size));
  const members = new Map<string, ZipMember>();
  let at = 0;
  let sum = 0;
  for (let i = 0; i < entries; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== 0x02014b50) {
      throw new FormatError(who, `has a damaged directory: no entry ${i} at its byte ${at}`);
    }
    const length = 46 + [28, 30, 32].reduce((total, place) => total + view.getUint16(at + place, true), 0);
    if (at + length > size) throw new FormatError(who, `has a directory that is cut short in entry ${i}`);
    const member = memberOf(who, view, at);
    at += length;
    if (member.name.endsWith('/')) continue;
    if (members.has(member.name)) throw new FormatError(who, `has two files of the name ${show(member.name)}`);
    sum += member.packed;
    if (sum > archive.length) throw new FormatError(who, 'has members that lie in one another');
    members.set(member.name, member);
  }
  return members;
}

/**
 * The bytes of a member: where they lie, if it is stored; else unpacked into memory and held against their checksum.
 *
 * @param most bytes that are unpacked
 * @throws FormatError for a member that is encrypted, packed otherwise or damaged, and for more than `most`
 */
export async function openMember(who: string, archive: Bytes, member: ZipMember, most: number): Promise<Bytes> {
  const { name, size, packed, method, encrypted } = member;
  const whose = `${who}: ${name}`;
  if (encrypted) throw new FormatError(whose, 'is encrypted');
  const from = await dataOf(whose, archive, member);
  const body = partOf(archive, from, from + packed);
  if (method === 0) {
    if (size !== packed) throw new FormatError(whose, `is stored in ${packed} bytes, but is to have ${size}`);
    return body;
  }
  if (method !== 8)
    throw new FormatError(whose, `is packed by the method ${method}; only stored and deflated files are read`);
  if (size > most)
    throw new FormatError(whose, `unpacks to ${size} bytes, more than the ${most} that are kept in memory`);
  // With the head and the foot of a gzip file, checksum and length are checked as it is unpacked.
  const feed = feedOfPieces(whose, inflated(whose, asGzip(body, member), 'gzip', most), 2 * packed);
  try {
    const bytes = await feed.take(size);
    if (!(await feed.ended())) throw new FormatError(whose, `unpacks to more than its ${size} bytes`);
    return bytesOf(bytes);
  } finally {
    await feed.close();
  }
}

async function* asGzip(body: Bytes, { crc, size }: ZipMember): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
  yield* piecesOf(body, 0, packedPiece);
  const foot = new DataView(new ArrayBuffer(8));
  foot.setUint32(0, crc, true);
  foot.setUint32(4, size % 2 ** 32, true);
  yield new Uint8Array(foot.buffer);
}

/** Where a member's data begins: after its own header, which names it again. */
async function dataOf(whose: string, archive: Bytes, { name, packed, offset }: ZipMember): Promise<number> {
  if (offset + 30 > archive.length) throw new FormatError(whose, `is to lie at byte ${offset}, after the end`);
  const view = viewOf(await archive.read(offset, offset + 30));
  if (view.getUint32(0, true) !== 0x04034b50) throw new FormatError(whose, `has no header at byte ${offset}`);
  const named = offset + 30 + view.getUint16(26, true);
  const from = named + view.getUint16(28, true);
  if (from + packed > archive.length) throw new FormatError(whose, 'is cut short');
  const again = decoder.decode(await archive.read(offset + 30, named));
  if (again.replace(/^(\.\/)+/, '') !== name) throw new FormatError(whose, `is named ${show(again)} where it lies`);
  return from;
}

const decoder = new TextDecoder();

interface Directory {
  entries: number;
  size: number;
  offset: number;
}

async function directoryOf(who: string, archive: Bytes): Promise<Directory> {
  const from = Math.max(0, archive.length - endLength - unknown16 - 20);
  const tail = viewOf(await archive.read(from, archive.length));
  let end = tail.byteLength - endLength;
  // A comment may follow, to the end.
  const isEnd = () =>
    tail.getUint32(end, true) === 0x06054b50 && end + endLength + tail.getUint16(end + 20, true) === tail.byteLength;
  while (end >= 0 && !isEnd()) end -= 1;
  if (end < 0) throw new FormatError(who, 'is no zip archive, or cut short: it lacks the end of the directory');
  let directory: Directory = {
    entries: tail.getUint16(end + 10, true),
    size: tail.getUint32(end + 12, true),
    offset: tail.getUint32(end + 16, true),
  };
  let parts = [tail.getUint16(end + 4, true), tail.getUint16(end + 6, true)];
  let limit = from + end;
  const isLarge = directory.entries === unknown16 || directory.size === unknown32 || directory.offset === unknown32;
  if (isLarge && end >= 20 && tail.getUint32(end - 20, true) === 0x07064b50) {
    limit = whole(who, tail, end - 12);
    if (limit + 56 > archive.length)
      throw new FormatError(who, `is to have its zip64 end at byte ${limit}, after the end`);
    const large = viewOf(await archive.read(limit, limit + 56));
    if (large.getUint32(0, true) !== 0x06064b50) throw new FormatError(who, `has no zip64 end at byte ${limit}`);
    parts = [large.getUint32(16, true), large.getUint32(20, true)];
    directory = { entries: whole(who, large, 32), size: whole(who, large, 40), offset: whole(who, large, 48) };
  }
  if (parts.some((part) => part !== 0)) throw new FormatError(who, 'is in several parts');
  const { offset, size } = directory;
  if (offset + size > limit)
    throw new FormatError(who, `is to have its directory, ${size} bytes, at byte ${offset}, after its end`);
  return directory;
}

function memberOf(who: string, view: DataView, at: number): ZipMember {
  const [nameLength, extraLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
  const bytes = (from: number, length: number) => new Uint8Array(view.buffer, view.byteOffset + from, length);
  const given = decoder.decode(bytes(at + 46, nameLength));
  const name = nameInside(who, given);
  if (((view.getUint32(at + 38, true) >>> 16) & 0xf000) === symbolicLink) {
    throw new FormatError(who, `${show(name)} is a symbolic link; only files and folders are read`);
  }
  // What has no room here stands in the extra field, in this order.
  const large = largeNumbers(who, viewOf(bytes(at + 46 + nameLength, extraLength)));
  const number = (place: number) => {
    const value = view.getUint32(at + place, true);
    return value === unknown32 && large.length > 0 ? (large.shift() as number) : value;
  };
  const size = number(24);
  const packed = number(20);
  return {
    name: given.endsWith('/') ? `${name}/` : name,
    size,
    packed,
    offset: number(42),
    crc: view.getUint32(at + 16, true),
    method: view.getUint16(at + 10, true),
    encrypted: (view.getUint16(at + 8, true) & 1) === 1,
  };
}

/** The numbers of the zip64 field among the extra fields of an entry. */
function largeNumbers(who: string, extra: DataView): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const [id, length] = [extra.getUint16(at, true), extra.getUint16(at + 2, true)];
    at += 4;
    if (at + length > extra.byteLength) break;
    if (id === 1) return Array.from({ length: Math.floor(length / 8) }, (_, i) => whole(who, extra, at + 8 * i));
    at += length;
  }
  return [];
}

/** A number of 8 bytes, if float64 has it. */
function whole(who: string, view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw new FormatError(who, `has a size of ${value} bytes`);
  return value;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);
