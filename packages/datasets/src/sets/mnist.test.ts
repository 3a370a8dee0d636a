import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Batch } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../bytes/bytes';
import { namedFiles } from '../bytes/data-files';
import { inflated } from '../bytes/inflate';
import { fileBytes } from '../node/file-bytes';
import { folderFiles } from '../node/folder-files';
import { mnist } from './mnist';

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: ArrayLike<number>, magic = 0x0800 | shape.length): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  shape.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size);
  });
  bytes.set(Uint8Array.from(data), 4 + 4 * shape.length);
  return bytes;
}

const pixels = Array.from({ length: 2 * 3 * 2 }, (_, i) => 20 * i);
const good = {
  't10k-images-idx3-ubyte': idx([2, 3, 2], pixels),
  't10k-labels-idx1-ubyte.gz': gzipSync(idx([2], [7, 0])),
};

async function first(batches: AsyncIterable<Batch>): Promise<Batch> {
  for await (const batch of batches) return batch;
  throw new Error('no batch');
}

describe('mnist', () => {
  it('reads IDX files, packed or not', async () => {
    const data = await mnist({ files: namedFiles(good), split: 'test' });
    expect(data).toMatchObject({ examples: 2, classes: 10, bounds: [0, 1], shape: [3, 2, 1] });
    const { x, y } = await first(data.batches({ batchSize: 2 }));
    expect([...x]).toEqual(pixels.map((byte) => Math.fround(byte / 255)));
    expect([...y]).toEqual([7, 0]);
  });

  const without = (name: keyof typeof good, bytes?: Uint8Array) => {
    const { [name]: _, ...rest } = good;
    return { ...rest, ...(bytes && { [name]: bytes }) };
  };
  const images = 't10k-images-idx3-ubyte';
  const labels = 't10k-labels-idx1-ubyte.gz';
  it.each<[string, Record<string, Uint8Array>, string]>([
    ['no images', without(images), 'mnist: there is no t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz'],
    ['no labels', without(labels), 'mnist: there is no t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz'],
    [
      'floats',
      without(images, idx([2, 3, 2], pixels, 0x0d03)),
      'magic number must be 0x00000803 (bytes, rank 3), got 0x00000d03',
    ],
    ['labels for images', without(images, idx([2], [1, 2])), 'got 0x00000801'],
    [
      'a cut file',
      without(images, good[images].subarray(0, 20)),
      'images-idx3-ubyte: is cut short: 12 bytes were to come after byte 16, but 4 did',
    ],
    [
      'a cut head',
      without(images, good[images].subarray(0, 9)),
      'is cut short: 12 bytes were to come after byte 4, but 5 did',
    ],
    ['an empty file', without(images, new Uint8Array()), 'is cut short: 4 bytes were to come after byte 0, but 0 did'],
    ['a longer file', without(images, idx([1, 3, 2], pixels)), 'goes on after the 6 bytes of its sizes 1 x 3 x 2'],
    [
      'vast sizes',
      without(images, idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [])),
      'more than the 1073741824 that are read',
    ],
    ['fewer labels', without(labels, gzipSync(idx([1], [7]))), 'mnist: there are 2 images, but 1 labels'],
    [
      'a label that is none',
      without(labels, gzipSync(idx([2], [7, 10]))),
      'the label of example 1 must be from 0 to 9, got 10',
    ],
    [
      'a gzip file cut short',
      without(labels, good[labels].subarray(0, 15)),
      'mnist: t10k-labels-idx1-ubyte: cannot be unpacked',
    ],
  ])('refuses %s', async (_, files, message) => {
    await expect(mnist({ files: namedFiles(files), split: 'test' })).rejects.toThrow(message);
  });

  it('refuses options that are none', async () => {
    await expect(mnist({} as never)).rejects.toThrow('mnist: files must be DataFiles');
    await expect(mnist({ files: namedFiles({}), split: 'val' } as never)).rejects.toThrow(
      'mnist: split must be one of',
    );
  });
});

const folder = new URL('../../../../../shared/datasets/mnist/', import.meta.url).pathname;
const unpacked = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};
describe.runIf(existsSync(folder))('mnist (needs ../shared/datasets/mnist)', () => {
  it.each(Object.entries(unpacked))('unpacks %s to the documented SHA-256', async (name, expected) => {
    const hash = createHash('sha256');
    const packed = piecesOf(await fileBytes(`${folder}${name}.gz`));
    for await (const piece of inflated(name, packed, 'gzip', 2 ** 26)) hash.update(piece);
    expect(hash.digest('hex')).toBe(expected);
  });

  it('reads the real files', async () => {
    const data = await mnist({ files: folderFiles(folder), split: 'test' });
    expect(data).toMatchObject({ examples: 10_000, shape: [28, 28, 1] });
    const { y } = await first(data.batches({ batchSize: 10 }));
    expect([...y]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    expect(await mnist({ files: folderFiles(folder) })).toMatchObject({ examples: 60_000, shape: [28, 28, 1] });
  });
});
