import { readFileSync } from 'node:fs';
import type { Batch, Batches } from '@agoge/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../bytes/bytes';
import { fuzz, mutations } from '../bytes/mutations.fixture';
import type { Image } from '../pictures/image';
import { type ParquetImagesOptions, parquetImages } from './parquet-images';

const file = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../test/golden/parquet/${name}.parquet`, import.meta.url)));

/** The images that `make.py` writes. */
const levels = (i: number) => Float32Array.from({ length: 90 }, (_, j) => ((20 * i + 3 * j) % 256) / 255);

async function all(data: Batches, batchSize = 4): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of data.batches({ batchSize })) batches.push(batch);
  return batches;
}

async function expectImages(data: Batches, count = 11) {
  const batches = await all(data);
  expect(batches.flatMap(({ y }) => [...y])).toEqual(Array.from({ length: count }, (_, i) => i % 3));
  expect(batches.flatMap(({ x }) => [...x])).toEqual(Array.from({ length: count }, (_, i) => [...levels(i)]).flat());
}

describe('parquetImages', () => {
  it.each([
    ['snappy', 'dictionaries'],
    ['zstd', 'pages of version 2'],
    ['gzip', 'no dictionaries'],
    ['plain', 'not packed, a column img, a page per value'],
  ])('reads what pyarrow wrote: %s, %s', async (name) => {
    const data = await parquetImages({ files: [file(name)] });
    expect(data).toMatchObject({
      examples: 11,
      classes: 3,
      classNames: ['ant', 'bee', 'cat'],
      shape: [5, 6, 3],
      bounds: [0, 1],
      skipped: [],
    });
    await expectImages(data);
  });

  it('reads shards one after another, from a file, in any order', async () => {
    const data = await parquetImages({ files: [new Blob([file('shard-0')]), file('shard-1').buffer as ArrayBuffer] });
    await expectImages(data);
    const out = new Float32Array(4 * 90);
    await data.read(Uint32Array.of(10, 3, 6, 5), out);
    expect(out).toEqual(Float32Array.from([10, 3, 6, 5].flatMap((i) => [...levels(i)])));
  });

  it('reads columns of plain bytes by name', async () => {
    const data = await parquetImages({ files: [file('flat')], image: 'picture', label: 'digit', classes: 10 });
    expect([...data.labels]).toEqual([2, 0, 1]);
    expect(data.classNames).toBeUndefined();
    const [{ x }] = await all(data);
    expect(x.subarray(90, 180)).toEqual(levels(1));
  });

  it('reads what hyparquet-writer wrote', async () => {
    const pngs = await Promise.all(
      [0, 1, 2].map((i) =>
        sharp(
          Uint8Array.from(levels(i), (level) => Math.round(255 * level)),
          { raw: { width: 6, height: 5, channels: 3 } },
        )
          .png()
          .toBuffer(),
      ),
    );
    const written = parquetWriteBuffer({
      columnData: [
        { name: 'image', data: pngs.map((each) => new Uint8Array(each)), type: 'BYTE_ARRAY' },
        { name: 'label', data: [0, 1, 2], type: 'INT32' },
      ],
    });
    await expectImages(await parquetImages({ files: [written], classes: 3 }), 3);
  });

  it('asks a file for parts alone, and keeps what fits', async () => {
    const counted = (bytes: Uint8Array) => {
      const asked: [number, number][] = [];
      const counting: Bytes & { tag: string } = {
        length: bytes.length,
        tag: 'one',
        async read(from, to) {
          asked.push([from, to]);
          return bytes.slice(from, to);
        },
      };
      return { counting, asked };
    };
    const { counting, asked } = counted(file('plain'));
    const data = await parquetImages({ files: [counting], cacheBytes: 0 });
    // The end, its metadata, the labels of three row groups, the first image.
    expect(asked).toHaveLength(2 + 3 + 1);
    const opened = asked.length;
    await expectImages(data);
    expect(asked.length - opened).toBe(2);
    const once = counted(file('plain'));
    const kept = await parquetImages({ files: [once.counting] });
    await expectImages(kept);
    await expectImages(kept);
    expect(once.asked).toHaveLength(2 + 3 + 3);
  });

  it('has a hash of contents, or of tags', async () => {
    const hash = async (options: Partial<ParquetImagesOptions> = {}) =>
      (await parquetImages({ files: [file('snappy')], ...options })).hash;
    const tagged = (tag: string): Bytes & { tag: string } => ({
      length: file('snappy').length,
      tag,
      read: async (from, to) => file('snappy').slice(from, to),
    });
    const hashes = await Promise.all([
      hash(),
      hash({ files: [file('zstd')] }),
      hash({ files: [tagged('a')] }),
      hash({ files: [tagged('b')] }),
      hash({ channels: 1 }),
    ]);
    expect(await hash()).toBe(hashes[0]);
    expect(new Set(hashes).size).toBe(5);
  });

  it.each<[string, Partial<ParquetImagesOptions>, string]>([
    [
      'no parquet file',
      { files: [new Uint8Array(20)] },
      'parquetImages: is no parquet file: its 20 bytes do not end in PAR1',
    ],
    ['an empty file', { files: [new Uint8Array()] }, 'parquetImages: is no parquet file: its 0 bytes'],
    ['no such image column', { image: 'photo' }, 'has no column "photo.bytes" or "photo" of type BYTE_ARRAY'],
    ['an image column of numbers', { image: 'label' }, 'has no column "label.bytes" or "label" of type BYTE_ARRAY'],
    ['no such label column', { label: 'fine_label' }, 'has no column "fine_label" of type INT32 or INT64'],
    ['no number of classes', { files: [file('flat')], image: 'picture', label: 'digit' }, 'give classes'],
    [
      'labels outside the classes',
      { files: [file('flat')], image: 'picture', label: 'digit', classes: 2 },
      'parquetImages: the label of row 0 must be from 0 to 1, got 2',
    ],
    ['another number of classes', { classes: 4 }, 'the files name 3 classes, where classes is 4'],
    ['a damaged shard', { files: [file('shard-0'), file('shard-1').subarray(1)] }, 'parquetImages: file 1: '],
    ['an unknown option', { shards: 2 } as object, 'parquetImages: unknown option "shards"'],
    ['a path', { files: ['x.parquet'] } as object, 'files must be an array of bytes'],
    [
      'rows without a label',
      { files: [file('missing')] },
      'label of row group 0: has rows without a value, or damaged runs',
    ],
  ])('refuses %s', async (_, change, message) => {
    await expect(parquetImages({ files: [file('snappy')], ...change })).rejects.toThrow(message);
  });

  it('reads or refuses damaged files', async () => {
    const files = ['snappy', 'zstd', 'gzip', 'plain', 'flat', 'missing'].map(file);
    const image: Image = { width: 1, height: 1, channels: 3, data: new Uint8Array(3) };
    const found = await fuzz(async (bytes) => {
      await all(await parquetImages({ files: [bytes], classes: 3, decode: async () => image }));
    }, files);
    // Of what remains, most is in the images, which this does not decode.
    expect(found.read).toBeGreaterThan(mutations / 20);
    expect(found.refused).toBeGreaterThan(mutations / 2);
  }, 7_200_000);
});
