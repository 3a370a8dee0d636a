import { arrayOf, FormatError, integer, required, show, string } from '@agoge/core';
import { type Bytes, type BytesLike, bytesOf, piecesOf } from '../bytes/bytes';
import { bytesLike } from '../bytes/bytes-like';
import { digestOf } from '../bytes/digest-of';
import { hashOf } from '../bytes/hash-of';
import { isTagged } from '../bytes/url-bytes';
import { checkPacked, type PackedDataset, type PackedImagesOptions, packedImages } from '../pictures/packed-images';
import { type ParquetColumn, type ParquetFile, parquetFile } from './parquet-file';

export interface ParquetImagesOptions extends PackedImagesOptions {
  /** The files, in order: bytes, `fileBytes(path)`, or `urlBytes(address)`, of which only what is asked for is fetched. */
  files: readonly BytesLike[];
  /** The column of images: structs of `bytes` and `path`, as Hugging Face's, or bytes. Default: `image`, else `img`. */
  image?: string;
  /** The column of labels, whole numbers from 0. Default `label`. */
  label?: string;
  /** How many classes there are. Default: as many as the file has names for, in what Hugging Face's `datasets` wrote into it. */
  classes?: number;
  /** Bytes of images, as they lie in the files, that are kept for the next batches. Default 256 MiB. */
  cacheBytes?: number;
}

/** Images of parquet files. */
export interface ParquetImages extends PackedDataset {
  /** By label, where the file says them. */
  readonly classNames?: readonly string[];
}

/** A group of rows: what is read at once. */
interface Group {
  readonly file: ParquetFile;
  readonly column: ParquetColumn;
  readonly place: number;
  /** The row that it begins with. */
  readonly start: number;
  readonly rows: number;
  readonly name: string;
}

/**
 * Images in parquet files as Hugging Face has them: a column of packed images and one of labels. Labels are read at opening,
 * images when they are asked for, a group of rows at once, of which the last ones are kept: in the order of the files that is one
 * reading; shuffled, a set larger than `cacheBytes` is read many times over.
 *
 * The `hash` is of the files' bytes, which are read at opening for it; of `urlBytes`, of which only parts are fetched, it is of
 * the labels, the lengths and the server's tags.
 *
 * @throws FormatError for what is no parquet file, damaged, or has no such columns
 * @see Apache Parquet, File Format
 * @example
 * const files = [await fileBytes('cifar10/test-00000-of-00001.parquet')];
 * const data = await parquetImages({ files });
 */
export async function parquetImages(options: ParquetImagesOptions): Promise<ParquetImages> {
  checkPacked('parquetImages', options, {
    files: required(arrayOf(bytesLike)),
    image: string,
    label: string,
    classes: integer({ min: 2 }),
    cacheBytes: integer({ min: 0 }),
  });
  const { label = 'label', cacheBytes = 2 ** 28, signal } = options;
  const groups: Group[] = [];
  const labels: number[] = [];
  const hashes: string[] = [];
  let names: readonly string[] | undefined;
  for (const [i, given] of options.files.entries()) {
    const who = options.files.length === 1 ? 'parquetImages' : `parquetImages: file ${i}`;
    const bytes = bytesOf(given);
    const file = await parquetFile(who, bytes);
    const column = imageColumn(who, file, options.image);
    const labelColumn = columnNamed(who, file, [[label]], ['INT32', 'INT64']);
    names ??= classNamesOf(file, label);
    for (const [place, rows] of file.groups.entries()) {
      signal?.throwIfAborted();
      groups.push({ file, column, place, start: labels.length, rows, name: who });
      for (const value of await file.read(labelColumn, place)) labels.push(Number(value));
    }
    hashes.push(await hashOfBytes(bytes, signal));
  }

  const classes = options.classes ?? names?.length;
  if (classes === undefined) {
    throw new FormatError('parquetImages', 'the files do not say how many classes there are: give classes');
  }
  if (names && names.length !== classes) {
    throw new FormatError('parquetImages', `the files name ${names.length} classes, where classes is ${classes}`);
  }
  const wrong = labels.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value < classes));
  if (wrong !== -1) {
    throw new FormatError(
      'parquetImages',
      `the label of row ${wrong} must be from 0 to ${classes - 1}, got ${labels[wrong]}`,
    );
  }
  if (labels.length === 0) throw new FormatError('parquetImages', 'the files have no rows');

  const read = keptGroups(cacheBytes);
  const packed = {
    labels: Int32Array.from(labels),
    classes,
    hash: hashOf(hashes.join()),
    name: (row: number) => `row ${row}`,
    async bytes(row: number) {
      const group = groups.findLast(({ start }) => start <= row) as Group;
      const bytes = (await read(group))[row - group.start];
      if (bytes instanceof Uint8Array) return bytes;
      throw new FormatError(group.name, `row ${row} has no image`);
    },
  };
  const data = await packedImages('parquetImages', packed, options);
  return { ...data, ...(names && { classNames: names }) };
}

type ColumnType = ParquetColumn['type'];

function columnNamed(who: string, file: ParquetFile, paths: readonly string[][], types: readonly ColumnType[]) {
  for (const path of paths) {
    const column = file.column(path);
    if (column && types.includes(column.type)) return column;
  }
  const named = paths.map((path) => show(path.join('.'))).join(' or ');
  throw new FormatError(who, `has no column ${named} of type ${types.join(' or ')}`);
}

function imageColumn(who: string, file: ParquetFile, image: string | undefined): ParquetColumn {
  const names = image === undefined ? ['image', 'img'] : [image];
  const paths = names.flatMap((name) => [[name, 'bytes'], [name]]);
  return columnNamed(who, file, paths, ['BYTE_ARRAY']);
}

/** What Hugging Face's `datasets` writes under the key `huggingface`: `{ info: { features: { label: { names } } } }`. */
function classNamesOf(file: ParquetFile, label: string): readonly string[] | undefined {
  try {
    const names = JSON.parse(file.notes.get('huggingface') ?? '').info.features[label].names;
    return arrayOf(string).test(names) === 'ok' && names.length > 1 ? names : undefined;
  } catch {
    return undefined;
  }
}

/** Of the digests of its pieces, which the platform makes faster than one of all. */
async function hashOfBytes(bytes: Bytes, signal?: AbortSignal): Promise<string> {
  if (isTagged(bytes)) return hashOf('tag', String(bytes.length), bytes.tag);
  const digests: string[] = [];
  for await (const piece of piecesOf(bytes)) {
    signal?.throwIfAborted();
    digests.push(await digestOf(piece));
  }
  return hashOf(digests.join());
}

/** Reads groups of rows, and keeps those that were asked for last. */
function keptGroups(most: number): (group: Group) => Promise<unknown[]> {
  const kept = new Map<Group, Promise<unknown[]>>();
  const sizes = new Map<Group, number>();
  const letGo = (group: Group) => {
    kept.delete(group);
    sizes.delete(group);
  };
  return (group) => {
    const known = kept.get(group);
    const values = known ?? group.file.read(group.column, group.place);
    // Last in the map is what was asked for last.
    kept.delete(group);
    kept.set(group, values);
    if (known) return known;
    values.then(
      (all) => {
        sizes.set(
          group,
          all.reduce<number>((sum, each) => sum + (each instanceof Uint8Array ? each.length : 0), 0),
        );
        let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
        for (const oldest of kept.keys()) {
          if (total <= most || oldest === group) break;
          total -= sizes.get(oldest) ?? 0;
          letGo(oldest);
        }
      },
      () => letGo(group),
    );
    return values;
  };
}
