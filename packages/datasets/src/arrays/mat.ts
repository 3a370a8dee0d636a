import { FormatError, show } from '@agoge/core';
import { type Bytes, piecesOf } from '../bytes/bytes';
import { type Feed, feedOf, feedOfPieces } from '../bytes/feed';
import { inflated, packedPiece } from '../bytes/inflate';
import { partOf } from '../bytes/part-of';
import { type NumberType, widthOf } from './number-types';

/** A real numeric array of a MAT file. */
export interface MatArray {
  /** Sizes; the first is the one whose neighbours lie side by side. */
  shape: number[];
  /** What it is in MATLAB: `uint8`, `double`. */
  kind: string;
  /** How its numbers lie in `data`: smaller than `kind` where they had room. */
  type: NumberType;
  little: boolean;
  data: Uint8Array;
  /** Whether `data` is nobody else's: it was unpacked. */
  own: boolean;
}

const kinds = [
  ...['unknown', 'cell', 'struct', 'object', 'char', 'sparse', 'double', 'single', 'int8', 'uint8', 'int16', 'uint16'],
  ...['int32', 'uint32', 'int64', 'uint64', 'function', 'opaque', 'object'],
];
/** The first and the last of the kinds that are numeric. */
const [firstNumeric, lastNumeric] = [kinds.indexOf('double'), kinds.indexOf('uint64')];
/** Types of elements, by their numbers. */
const types: Readonly<Record<number, NumberType>> = {
  1: 'i1',
  2: 'u1',
  3: 'i2',
  4: 'u2',
  5: 'i4',
  6: 'u4',
  7: 'f4',
  9: 'f8',
  12: 'i8',
  13: 'u8',
};
const [matrix, compressed] = [14, 15];
const head = 128;
/** Of a name, in bytes, and of sizes, in number. */
const [mostName, mostRank] = [256, 32];
/** Of what one variable unpacks to: the largest, the images of SVHN's `extra`, has 1.6 GB. */
const most = 2 ** 31;

/**
 * Reads numeric arrays from a MAT file of level 5 (MATLAB 5 to 7.2, and what scipy writes), packed by zlib or not, whichever byte
 * comes first. Other variables are passed over.
 *
 * @param who the file's name, for messages
 * @param names of the variables that are read
 * @returns those of them that are there
 * @throws FormatError for a file of level 4 or 7.3 (HDF5), for a variable of another kind (its name says which), a complex one or
 * one that is there twice, for one of more than 2 GiB, and for what is damaged
 * @see The MathWorks, MAT-File Format, "Level 5 MAT-File Format"
 */
export async function readMat(who: string, bytes: Bytes, names: readonly string[]): Promise<Map<string, MatArray>> {
  const little = byteOrder(who, await bytes.read(0, Math.min(bytes.length, head)));
  const found = new Map<string, MatArray>();
  const feed = feedOf(who, bytes);
  await feed.skip(head);
  while (!(await feed.ended())) {
    const { type, size, small } = await tagOf(feed, little);
    const at = feed.at;
    await feed.skip(small ? 4 : size);
    if (type !== matrix && type !== compressed) continue;
    const body = partOf(bytes, at, at + size);
    const variable = type === matrix ? await plain(who, body, names, little) : await unpacked(who, body, names, little);
    if (!variable) continue;
    if (found.has(variable.name)) throw new FormatError(who, `has two variables of the name ${show(variable.name)}`);
    found.set(variable.name, variable);
  }
  return found;
}

/** Whether the byte that counts least comes first in a file with this head. */
function byteOrder(who: string, bytes: Uint8Array): boolean {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, 4) === '\x89HDF' || text(0, 10) === 'MATLAB 7.3') {
    throw new FormatError(who, 'is a MAT file of version 7.3 (HDF5), which is not read: save it with -v7');
  }
  if (bytes.length < head)
    throw new FormatError(who, `is no MAT file: its head has ${head} bytes, got ${bytes.length}`);
  const mark = text(126, 128);
  if (mark === 'IM') return true;
  if (mark === 'MI') return false;
  throw new FormatError(who, 'is no MAT file of level 5: it lacks the mark of the byte order');
}

interface Tag {
  type: number;
  size: number;
  /** Whether the data stands in the four bytes after the type and the size. */
  small: boolean;
}

async function tagOf(feed: Feed, little: boolean): Promise<Tag> {
  const first = viewOf(await feed.take(4)).getUint32(0, little);
  if (first >>> 16) return { type: first & 0xffff, size: Math.min(first >>> 16, 4), small: true };
  return { type: first, size: viewOf(await feed.take(4)).getUint32(0, little), small: false };
}

/** The data of an element whose tag was read, its padding left out. */
async function dataOf(feed: Feed, { size, small }: Tag): Promise<Uint8Array> {
  if (small) return (await feed.take(4)).subarray(0, size);
  const data = await feed.take(size);
  // The last of all may do without its padding.
  const padding = -size & 7;
  if (padding && !(await feed.ended())) await feed.skip(padding);
  return data;
}

/** The data of the next element, which may have so many bytes. */
async function elementOf(who: string, feed: Feed, little: boolean, longest: number) {
  const tag = await tagOf(feed, little);
  const { type, size } = tag;
  if (size > longest) throw new FormatError(who, `has an element of ${size} bytes where ${longest} are the most`);
  return { type, data: await dataOf(feed, tag) };
}

type Variable = MatArray & { name: string };

async function plain(
  who: string,
  body: Bytes,
  names: readonly string[],
  little: boolean,
): Promise<Variable | undefined> {
  return variableOf(who, feedOf(who, body), names, little, false);
}

async function unpacked(
  who: string,
  body: Bytes,
  names: readonly string[],
  little: boolean,
): Promise<Variable | undefined> {
  const pieces = inflated(who, piecesOf(body, 0, packedPiece), 'deflate', most);
  const feed = feedOfPieces(who, pieces, 2 * body.length);
  try {
    const { type } = await tagOf(feed, little);
    if (type !== matrix) throw new FormatError(who, `has a packed element that is no array, but of the type ${type}`);
    const variable = await variableOf(who, feed, names, little, true);
    // So that the checksum is held against what was read.
    if (variable) await feed.finish();
    return variable;
  } finally {
    await feed.close();
  }
}

/** The array that an element holds, if it is one of these names. */
async function variableOf(
  who: string,
  feed: Feed,
  names: readonly string[],
  little: boolean,
  own: boolean,
): Promise<Variable | undefined> {
  const flags = await elementOf(who, feed, little, 8);
  if (flags.type !== 6 || flags.data.length !== 8) throw new FormatError(who, 'has an array without flags');
  const word = viewOf(flags.data).getUint32(0, little);
  const kind = word & 0xff;
  // What MATLAB keeps of objects has no sizes.
  if (kinds[kind] === 'opaque') return undefined;
  const sizes = await elementOf(who, feed, little, 4 * mostRank);
  if (sizes.type !== 5 || sizes.data.length % 4 !== 0) throw new FormatError(who, 'has an array without sizes');
  const shape = Array.from({ length: sizes.data.length / 4 }, (_, i) => viewOf(sizes.data).getInt32(4 * i, little));
  const name = String.fromCharCode(...(await elementOf(who, feed, little, mostName)).data);
  if (!names.includes(name)) return undefined;
  if (kind < firstNumeric || kind > lastNumeric) {
    throw new FormatError(who, `${show(name)} is of the kind ${kinds[kind] ?? kind}; only numeric arrays are read`);
  }
  if (word & 0x800) throw new FormatError(who, `${show(name)} is complex; only real arrays are read`);
  const tag = await tagOf(feed, little);
  const { type, size } = tag;
  if (!Object.hasOwn(types, type)) throw new FormatError(who, `${show(name)} holds data of the unknown type ${type}`);
  const count = shape.reduce((product, each) => product * each, 1);
  if (shape.some((each) => each < 0) || count * widthOf(types[type]) !== size) {
    throw new FormatError(who, `${show(name)} of ${shape.join(' x ')} holds ${size} bytes of ${types[type]}`);
  }
  const data = await dataOf(feed, tag);
  return { name, shape, kind: kinds[kind], type: types[type], little, data, own };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);
