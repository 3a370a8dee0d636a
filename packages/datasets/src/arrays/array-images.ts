import { type Bounds, canonicalJson, checkBounds, FormatError, refusal, said } from '@agoge/core';
import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';
import type { Bytes } from '../bytes/bytes';
import { crc32 } from '../bytes/crc-32';
import { inParallel } from '../bytes/in-parallel';
import { type Dataset, dataset } from '../dataset';
import { type NpyArray, openNpy } from './npy';
import { readNumbers, widthOf } from './number-types';
import { classesOf } from './stored-images';

/** What two arrays of images and labels do not say of themselves. */
export interface ArrayLayout {
  /** Default 10. */
  classes?: number;
  /**
   * What every value lies within, to 1e-6, for images that are no bytes. Default `[0, 1]`; bytes are divided by 255 and have no
   * other.
   */
  bounds?: Bounds;
  /** The first row that is taken. Default 0. */
  from?: number;
  /** The row before which taking ends. Default: all are taken. */
  to?: number;
  /** The data set's `hash` where it is known, from an earlier run of these files and options: they are not read through again. */
  hash?: string;
  /** Bytes of a packed file, or of an array in Fortran order, that are unpacked or turned round in memory. Default 2^30, 1 GiB. */
  most?: number;
}

/** A `.npy` file. */
export interface StoredArray {
  /** For messages. */
  name: string;
  bytes: Bytes;
  /** CRC-32 of the file, where one is known. */
  crc?: number;
}

export const defaultMost = 2 ** 30;
/** Slack for values that float32 rounded past a bound. */
const slack = 1e-6;
/** Rows that lie side by side are read together, up to so many bytes; and so many such reads are under way at once. */
const [atOnce, lanes] = [1 << 20, 8];

/**
 * Images and labels in `.npy` files, read by rows when they are asked for.
 *
 * The files are read through once at the start, in pieces: their numbers are held against the bounds and the checksums, and
 * hashed as {@link fromArrays} does what it is given, so that the same images have the same hash wherever they lie.
 *
 * @param who the reader's name, for messages
 */
export async function readArrayImages(
  who: string,
  images: StoredArray,
  labels: StoredArray,
  { classes = 10, bounds = [0, 1], from = 0, to, hash, most = defaultMost }: ArrayLayout,
): Promise<Dataset> {
  checkBounds(who, bounds);
  const array = await openNpy(`${who}: ${images.name}`, images.bytes, most);
  const [n, height, width, channels = 1] = array.shape;
  if (array.shape.length < 3 || array.shape.length > 4 || array.shape.includes(0)) {
    throw new FormatError(
      `${who}: ${images.name}`,
      `must have the shape (n, height, width, channels), got (${array.shape.join(', ')})`,
    );
  }
  if (array.type === 'u1' && (bounds[0] !== 0 || bounds[1] !== 1)) {
    throw said(new RangeError(refusal(who, 'bounds', '[0, 1], since the images are bytes', bounds)));
  }
  const end = to ?? n;
  if (!(from < end && end <= n)) {
    throw said(new RangeError(refusal(who, 'from and to', `rows with 0 <= from < to <= ${n}`, [from, end])));
  }
  const y = await readLabels(`${who}: ${labels.name}`, labels, { n, from, end, classes, most });
  const rows: Rows = { who: `${who}: ${images.name}`, array, size: height * width * channels, bounds };
  return dataset({
    shape: [height, width, channels],
    classes,
    bounds: [bounds[0], bounds[1]],
    labels: y,
    hash:
      hash ??
      (await readThrough(rows, images, { shape: [end - from, height, width, channels], classes, y, from, end })),
    read: (places, out, signal) =>
      readRows(
        rows,
        places.map((place) => from + place),
        out,
        signal,
      ),
  });
}

interface LabelRange {
  n: number;
  from: number;
  end: number;
  classes: number;
  most: number;
}

async function readLabels(
  who: string,
  file: StoredArray,
  { n, from, end, classes, most }: LabelRange,
): Promise<Int32Array> {
  const { shape, type, little, data } = await openNpy(who, file.bytes, most);
  if (type[0] === 'f' || type === 'b1') throw new FormatError(who, `holds ${type}; labels must be whole numbers`);
  if (shape[0] !== n || shape.some((each, axis) => axis > 0 && each !== 1)) {
    throw new FormatError(who, `must have the shape (${n}), one label per image, got (${shape.join(', ')})`);
  }
  if (file.crc !== undefined) await checkCrc(who, file.bytes, file.crc);
  const width = widthOf(type);
  const bytes = await data.read(from * width, end * width);
  return classesOf(who, readNumbers(bytes, type, little, new Float64Array(end - from)), classes);
}

interface Rows {
  who: string;
  array: NpyArray;
  /** Numbers of an image. */
  size: number;
  bounds: Bounds;
}

/** Bytes as images: bytes in 255ths, others as they are, if they lie within the bounds. */
function pixelsOf({ who, array, bounds }: Rows, bytes: Uint8Array, out: Float32Array): Float32Array {
  readNumbers(bytes, array.type, array.little, out);
  if (array.type === 'u1') {
    for (let i = 0; i < out.length; i++) out[i] /= 255;
    return out;
  }
  // The comparison is written so that NaN fails it.
  const wrong = out.find((value) => !(value >= bounds[0] - slack && value <= bounds[1] + slack));
  if (wrong !== undefined)
    throw new FormatError(who, `holds ${wrong}, which is outside the bounds [${bounds.join(', ')}]`);
  return out;
}

async function readRows(rows: Rows, places: Uint32Array, out: Float32Array, signal?: AbortSignal): Promise<void> {
  const { array, size } = rows;
  const width = size * widthOf(array.type);
  const runs = runsOf(places, Math.max(1, Math.floor(atOnce / width)));
  await inParallel(runs.length, lanes, async (i) => {
    signal?.throwIfAborted();
    const [start, end] = runs[i];
    const row = places[start];
    const bytes = await array.data.read(row * width, (row + end - start) * width);
    pixelsOf(rows, bytes, out.subarray(start * size, end * size));
  });
}

/** `[start, end]` of places that hold rows one after another, at most so many. */
function runsOf(places: Uint32Array, longest: number): [start: number, end: number][] {
  const runs: [number, number][] = [];
  places.forEach((row, place) => {
    const last = runs.at(-1);
    if (last && row === places[place - 1] + 1 && last[1] - last[0] < longest) last[1] = place + 1;
    else runs.push([place, place + 1]);
  });
  return runs;
}

interface Whole {
  shape: readonly number[];
  classes: number;
  y: Int32Array;
  from: number;
  end: number;
}

/** Checks all values, and the checksum where there is one; the hash of them with the labels. */
async function readThrough(rows: Rows, file: StoredArray, { shape, classes, y, from, end }: Whole): Promise<string> {
  const { who, array, size, bounds } = rows;
  if (file.crc !== undefined) await checkCrc(who, file.bytes, file.crc);
  const hash = sha256.create();
  hash.update(canonicalJson({ shape, classes, bounds: [bounds[0], bounds[1]] }));
  hash.update(bytesOfNumbers(y));
  const width = widthOf(array.type);
  const last = end * size * width;
  for (let at = from * size * width; at < last; at += atOnce) {
    const bytes = await array.data.read(at, Math.min(at + atOnce, last));
    const isLevels = array.type === 'u1';
    hash.update(isLevels ? bytes : bytesOfNumbers(pixelsOf(rows, bytes, new Float32Array(bytes.length / width))));
  }
  return bytesToHex(hash.digest());
}

const bytesOfNumbers = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

async function checkCrc(who: string, bytes: Bytes, expected: number): Promise<void> {
  let crc = 0;
  for (let at = 0; at < bytes.length; at += atOnce) {
    crc = crc32(await bytes.read(at, Math.min(at + atOnce, bytes.length)), crc);
  }
  if (crc !== expected) throw new FormatError(who, 'is damaged: it has another checksum');
}
