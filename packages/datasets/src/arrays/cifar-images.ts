import { arrayOf, checkOptions, FormatError, oneOf, required, show } from '@agoge/core';
import { type Bytes, type BytesLike, bytesOf, wholeOf } from '../bytes/bytes';
import { bytesLike } from '../bytes/bytes-like';
import { unpackedFeed } from '../bytes/inflate';
import { tarFiles } from '../bytes/tar';
import type { Dataset } from '../dataset';
import { cifarKinds, cifarPixels, recordLength } from './cifar-layout';
import { classesOf, imagesInOrder, storedImages } from './stored-images';

/** CIFAR-10, or CIFAR-100 with its 100 classes or its 20 superclasses. */
export type CifarKind = keyof typeof cifarKinds;

export interface CifarImagesOptions {
  /** Contents of `.bin` files, whose images come one after another. */
  files: readonly BytesLike[];
  /** What the files hold. Default `cifar10`. */
  kind?: CifarKind;
}

/** Of one file, and of all that an archive unpacks to: the official ones come to 184 MB. */
const most = 2 ** 30;
const kind = oneOf(...Object.keys(cifarKinds));

/**
 * CIFAR images from files in the official binary layout: 32 x 32 x 3, levels divided by 255, in the order of the files; they
 * are in memory, a byte a value.
 *
 * A record is a label from 0 (CIFAR-100: superclass, then class), then 3 x 1024 bytes: red, green, blue, each row by row.
 *
 * A. Krizhevsky, Learning multiple layers of features from tiny images, 2009; https://www.cs.toronto.edu/~kriz/cifar.html
 *
 * @throws FormatError for files that are no whole number of records, and for labels outside the classes
 * @example
 * const test = await cifarImages({ files: [await fileBytes('cifar-10-batches-bin/test_batch.bin')] });
 */
export async function cifarImages(options: CifarImagesOptions): Promise<Dataset> {
  checkOptions('cifarImages', options, { files: required(arrayOf(bytesLike)), kind });
  const { files, kind: of = 'cifar10' } = options;
  const named = files.map((bytes, i) => ({ name: `file ${i}`, bytes: bytesOf(bytes) }));
  return readCifar('cifarImages', named, of);
}

export interface CifarArchiveOptions {
  /** The published `cifar-10-binary.tar.gz` or `cifar-100-binary.tar.gz`, or the same unpacked to `.tar`. */
  archive: BytesLike;
  /** What the archive holds. Default `cifar10`. */
  kind?: CifarKind;
  /** Default `train`. */
  split?: 'train' | 'test';
}

/**
 * {@link cifarImages} from the published archive, which is unpacked as it is read; files are known by their exact names.
 *
 * @throws FormatError for an archive that is damaged, unpacks to more than 1 GiB, lacks a file, or has links or names that lead
 * out of its folder
 * @example
 * const train = await cifarArchive({ archive: await fileBytes('cifar-10-binary.tar.gz') });
 */
export async function cifarArchive(options: CifarArchiveOptions): Promise<Dataset> {
  checkOptions('cifarArchive', options, { archive: required(bytesLike), kind, split: oneOf('train', 'test') });
  const { archive, kind: of = 'cifar10', split = 'train' } = options;
  return readCifarArchive('cifarArchive', bytesOf(archive), of, split);
}

/**
 * {@link cifarArchive} for a set with a name.
 *
 * @param longest bytes that the archive may unpack to
 */
export async function readCifarArchive(
  who: string,
  archive: Bytes,
  of: CifarKind,
  split: 'train' | 'test',
  longest = most,
): Promise<Dataset> {
  const wanted = cifarKinds[of].files[split];
  const found = new Map<string, Bytes>();
  const feed = await unpackedFeed(who, archive, longest);
  try {
    for await (const file of tarFiles(who, feed)) {
      if (wanted.includes(file.name)) found.set(file.name, bytesOf(await file.read()));
    }
  } finally {
    await feed.close();
  }
  const files = wanted.map((name) => {
    const bytes = found.get(name);
    if (!bytes) throw new FormatError(who, `the archive has no ${show(name)}`);
    return { name, bytes };
  });
  return readCifar(who, files, of);
}

/** {@link cifarImages} of files with names, for messages. */
export async function readCifar(
  who: string,
  files: readonly { name: string; bytes: Bytes }[],
  of: CifarKind,
): Promise<Dataset> {
  const { labels, label, classes } = cifarKinds[of];
  const record = recordLength(labels.length);
  const counts = files.map(({ name, bytes }) => {
    if (bytes.length > 0 && bytes.length % record === 0) return bytes.length / record;
    throw new FormatError(`${who}: ${name}`, `must be records of ${record} bytes, got ${bytes.length} bytes`);
  });
  const n = counts.reduce((sum, each) => sum + each, 0);
  if (n * record > most)
    throw new FormatError(who, `there are ${n * record} bytes, more than the ${most} that are read`);
  const x = new Uint8Array(n * cifarPixels.length);
  const y = new Int32Array(n);
  let first = 0;
  for (const [i, { name, bytes }] of files.entries()) {
    const raw = await wholeOf(`${who}: ${name}`, bytes, most);
    const labelsAt = (place: number) => Uint8Array.from({ length: counts[i] }, (_, row) => raw[row * record + place]);
    const each = labels.map((range, place) => classesOf(`${who}: ${name}`, labelsAt(place), range));
    y.set(each[label], first);
    const strides = { ...cifarPixels.strides, start: labels.length, image: record };
    const part = x.subarray(first * cifarPixels.length, (first + counts[i]) * cifarPixels.length);
    imagesInOrder(raw, [counts[i], ...cifarPixels.shape], strides, part);
    first += counts[i];
  }
  return storedImages(who, x, [n, ...cifarPixels.shape], y, classes);
}
