import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Batches } from '@agoge/core';
import type { BytesLike } from '../bytes/bytes';
import { namedFiles } from '../bytes/data-files';
import { tarOf } from '../bytes/tar.fixture';
import { isDataset } from '../dataset';
import type { DecodeImage } from '../pictures/image';
import { resized } from '../pictures/preparation';
import { datasets } from '../registry';
import { take } from './take';

const n = 12;
const bytes = (length: number, byte: (i: number) => number) => Uint8Array.from({ length }, (_, i) => byte(i));
const noise = (length: number) => bytes(length, (i) => (Math.imul(i + 1, 2654435761) >>> 24) % 256);
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const text = (letters: string) => new TextEncoder().encode(letters);

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const head = new Uint8Array(4 + 4 * shape.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size);
  });
  return joined(head, data);
}
const idxFiles = (first: number) => ({
  images: idx([n, 3, 2], noise(6 * n + first).slice(first)),
  labels: idx(
    [n],
    bytes(n, (i) => i % 10),
  ),
});
/** A set in the form of MNIST. */
const likeMnist = (first: number) => {
  const { images, labels } = idxFiles(first);
  return of({ 't10k-images-idx3-ubyte': images, 't10k-labels-idx1-ubyte': labels });
};

/** Records of CIFAR: label bytes, then an image. */
const records = (labels: readonly number[]) =>
  joined(
    ...Array.from({ length: n }, (_, i) =>
      joined(
        bytes(labels.length, (k) => i % labels[k]),
        noise(3072 + i).slice(i),
      ),
    ),
  );

/** Image files that {@link decode} alone can read. */
const pictures = (folders: readonly string[]) =>
  Object.fromEntries(
    Array.from({ length: n }, (_, i) => [`${folders[i % folders.length]}/${i + 1}.jpg`, noise(36 + i).slice(i)]),
  );
const decode: DecodeImage = async (_, data) => ({ width: 4, height: 3, channels: 3, data });
const archiveOf = (files: Record<string, Uint8Array>) =>
  gzipSync(tarOf(...Object.entries(files).map(([name, data]) => ({ name, data }))));

/** An array of bytes in the file format of NumPy. */
function npy(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117);
  const head = joined(Uint8Array.of(0x93), text('NUMPY'), Uint8Array.of(1, 0, 118, 0), text(`${header}\n`));
  const whole = new Uint8Array(head.length + data.length);
  whole.set(head);
  whole.set(data, head.length);
  return whole;
}

const golden = (name: string) =>
  Uint8Array.from(readFileSync(new URL(`../../test/golden/binary/${name}`, import.meta.url)));
const parquetFile = (name: string) =>
  Uint8Array.from(readFileSync(new URL(`../../test/golden/parquet/${name}.parquet`, import.meta.url)));
const of = (files: Record<string, BytesLike>, options: object = { split: 'test' }) => ({
  files: namedFiles(files),
  ...options,
});

/** Options by which each registered data set is made, of few examples and of files that are at hand: a row for every name. */
export const registered: Readonly<Record<string, () => object>> = {
  cifar10: () => of({ 'cifar-10-batches-bin/test_batch.bin': records([10]) }),
  'cifar10-jpeg': () =>
    of(
      { 'cifar10-jpeg.tar.gz': archiveOf(pictures(['cifar10/test/cat', 'cifar10/test/dog'])) },
      { split: 'test', decode },
    ),
  cifar10C: () =>
    of(
      {
        'CIFAR-10-C/fog.npy': npy([10_000, 32, 32, 3], new Uint8Array(10_000 * 3072).fill(7)),
        'CIFAR-10-C/labels.npy': npy(
          [10_000],
          bytes(10_000, (i) => i % 10),
        ),
      },
      { corruption: 'fog', severity: 1 },
    ),
  cifar100: () => of({ 'cifar-100-binary/test.bin': records([20, 100]) }),
  csv: () =>
    of(
      { 'mine.csv': text(Array.from({ length: n }, (_, i) => `${i % 3},${i},${255 - i}\n`).join('')) },
      { name: 'mine.csv', shape: [1, 2, 1], classes: 3 },
    ),
  digits: () => ({ split: 'test' }),
  emnist: () => {
    const { images, labels } = idxFiles(1);
    return of({
      'gzip/emnist-balanced-test-images-idx3-ubyte.gz': gzipSync(images),
      'gzip/emnist-balanced-test-labels-idx1-ubyte.gz': gzipSync(labels),
    });
  },
  fashionMnist: () => likeMnist(2),
  imageFolder: () => of(pictures(['test/a', 'test/b', 'test/c']), { split: 'test', decode }),
  imagenette: () =>
    of(pictures(['val/n01440764', 'val/n03888257']), {
      split: 'test',
      decode,
      preparation: resized({ width: 4, height: 3 }),
    }),
  kmnist: () => likeMnist(3),
  mnist: () => likeMnist(4),
  npz: () => of({ 'some.npz': golden('stored.npz') }, { name: 'some.npz' }),
  parquet: () => of({ 'test.parquet': parquetFile('plain') }),
  shapes: () => ({ examples: n, size: 8 }),
  svhn: () => of({ 'test_32x32.mat': golden('svhn.mat') }),
};

/** Every registered data set of which there is a row; of those with many examples the first few. */
export const registeredSets: [name: string, make: () => Promise<Batches>][] = Object.keys(datasets)
  .filter((name) => name in registered)
  .map((name) => [
    name,
    async () => {
      const data = await datasets[name](registered[name]());
      return isDataset(data) && data.examples > 400 ? take(data, n) : data;
    },
  ]);
