import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Batch } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { namedFiles } from './data-files';
import { folderFiles } from './node/folder-files';
import { gunzip } from './gunzip';
import { readIdx } from './idx';
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
    ['a cut file', without(images, good[images].subarray(0, 20)), 'holds 4 bytes of data, its sizes 2 x 3 x 2 say 12'],
    ['a cut head', without(images, good[images].subarray(0, 9)), 'is cut short: its head has 16 bytes, got 9'],
    ['an empty file', without(images, new Uint8Array()), 'is no IDX file: it has 0 bytes'],
    ['a longer file', without(images, idx([1, 3, 2], pixels)), 'holds 12 bytes of data, its sizes 1 x 3 x 2 say 6'],
    ['vast sizes', without(images, idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [])), 'holds 0 bytes of data'],
    ['fewer labels', without(labels, gzipSync(idx([1], [7]))), 'mnist: there are 2 images (test), but 1 labels'],
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

it('a bomb is not unpacked', async () => {
  const bomb = gzipSync(new Uint8Array(10_000_000));
  await expect(gunzip('bomb', bomb, 1000)).rejects.toThrow('bomb: unpacks to more than 1000 bytes');
  expect(await gunzip('bomb', bomb, 10_000_000)).toHaveLength(10_000_000);
});

it('readIdx gives a view of the file', () => {
  const bytes = idx([2, 3, 2], pixels);
  const { shape, data } = readIdx('file', bytes, 3);
  expect(shape).toEqual([2, 3, 2]);
  expect(data.buffer).toBe(bytes.buffer);
});

const folder = new URL('../../../../shared/datasets/mnist/', import.meta.url).pathname;
it.runIf(existsSync(folder))('reads the real files (needs ../shared/datasets/mnist)', async () => {
  const data = await mnist({ files: folderFiles(folder), split: 'test' });
  expect(data).toMatchObject({ examples: 10_000, shape: [28, 28, 1] });
  const { y } = await first(data.batches({ batchSize: 10 }));
  expect([...y]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
});
