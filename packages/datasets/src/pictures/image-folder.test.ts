import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch, Batches } from '@agoge/core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedFiles } from '../bytes/data-files';
import { folderFiles } from '../node/folder-files';
import { imagenette } from '../sets/imagenette';
import type { DecodeImage } from './image';
import { type ImageFolderOptions, imageFolder } from './image-folder';
import { bytesOfText, figures, hasPhotographs, pattern, photographs } from './pillow.fixture';
import { imagenetPreparation, resized } from './preparation';

async function all(data: Batches, batchSize = 2): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of data.batches({ batchSize })) batches.push(batch);
  return batches;
}

const png = ({ width, height, channels, data }: ReturnType<typeof pattern>) =>
  sharp(data, { raw: { width, height, channels } }).png().toBuffer();

/** Images of 4 x 3 pixels of one level each. */
const levelFile = (level: number, width = 4, height = 3) =>
  png({ width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(level) });

const levels = { 'b/2.png': 20, 'b/10.png': 10, 'a-b/x.PNG': 30, 'a/z.jpeg': 51, 'a/deep/er.png': 50, 'c/1.png': 60 };
let files: Record<string, Uint8Array>;
beforeAll(async () => {
  const made = Object.entries(levels).map(async ([name, level]) => [name, new Uint8Array(await levelFile(level))]);
  files = Object.fromEntries(await Promise.all(made));
});
const under = (folder: string) =>
  Object.fromEntries(Object.entries(files).map(([name, file]) => [folder + name, file]));

describe('imageFolder', () => {
  it('goes by class and then by name, as strings are sorted', async () => {
    const data = await imageFolder({
      files: namedFiles({ ...files, 'notes.txt': new Uint8Array(), 'a/.x': new Uint8Array() }),
    });
    expect(data).toMatchObject({
      examples: 6,
      classes: 4,
      classNames: ['a', 'a-b', 'b', 'c'],
      fileNames: ['a/deep/er.png', 'a/z.jpeg', 'a-b/x.PNG', 'b/10.png', 'b/2.png', 'c/1.png'],
      shape: [3, 4, 3],
      bounds: [0, 1],
      skipped: [],
    });
    const [first, second, third] = await all(data);
    expect(first.shape).toEqual([2, 3, 4, 3]);
    expect([...first.y, ...second.y, ...third.y]).toEqual([0, 0, 1, 2, 2, 3]);
    expect([...first.index, ...second.index]).toEqual([0, 1, 2, 3]);
    const mean = [first, second, third].flatMap(({ x }) => [x[0], x.at(-1)]);
    expect(mean).toEqual([50, 51, 30, 10, 20, 60].map((level) => Math.fround(level / 255)));
  });

  it('gives an image as it was, whatever the order it is asked for in', async () => {
    const images = [pattern([5, 7, 3]), pattern([5, 7, 3])];
    images[1].data.reverse();
    const named = namedFiles({ 'a/0.png': await png(images[0]), 'b/1.png': await png(images[1]) });
    const data = await imageFolder({ files: named });
    const out = new Float32Array(3 * 105);
    await data.read(Uint32Array.of(1, 0, 1), out);
    expect(out).toEqual(
      Float32Array.from(
        [1, 0, 1].flatMap((i) => [...images[i].data]),
        (byte) => byte / 255,
      ),
    );
  });

  it('reads a split, in grey, prepared', async () => {
    const data = await imageFolder({
      files: namedFiles({ ...under('train/'), ...under('val/'), 'val/d/1.png': files['c/1.png'] }),
      split: 'val',
      channels: 1,
      preparation: resized({ width: 2, height: 5 }),
    });
    expect(data).toMatchObject({ examples: 7, classes: 5, shape: [5, 2, 1] });
    expect(data.fileNames[0]).toBe('val/a/deep/er.png');
    const [{ x }] = await all(data, 1);
    expect([...x]).toEqual(Array(10).fill(Math.fround(50 / 255)));
  });

  it('takes the order of classes that it is given, with such as have no image', async () => {
    const { classNames, labels, classes } = await imageFolder({
      files: namedFiles(files),
      classes: ['c', 'none', 'b', 'a', 'a-b'],
    });
    expect({ classNames, classes, labels: [...labels] }).toEqual({
      classNames: ['c', 'none', 'b', 'a', 'a-b'],
      classes: 5,
      labels: [0, 2, 2, 3, 3, 4],
    });
  });

  it('has a hash of contents, labels, order, channels and preparation', async () => {
    const hash = async (options: Partial<ImageFolderOptions> = {}) =>
      (await imageFolder({ files: namedFiles(files), ...options })).hash;
    const first = await hash();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash()).toBe(first);
    const hashes = await Promise.all([
      hash({ channels: 1 }),
      hash({ preparation: resized({ width: 4, height: 3 }) }),
      hash({ preparation: { width: 4, height: 3, filter: 'bicubic' } }),
      hash({ classes: ['a', 'a-b', 'c', 'b'] }),
      hash({ files: namedFiles({ ...files, 'b/2.png': files['b/10.png'], 'b/10.png': files['b/2.png'] }) }),
      hash({ files: namedFiles({ ...files, 'b/2.png': files['c/1.png'] }) }),
    ]);
    expect(new Set([first, ...hashes]).size).toBe(7);
    expect(await hash({ preparation: resized({ width: 4, height: 3, filter: 'bicubic' }) })).toBe(hashes[2]);
    const asJson = { resize: 2, crop: 2, filter: 'bicubic' } as const;
    expect(await hash({ preparation: asJson })).toBe(await hash({ preparation: imagenetPreparation(asJson) }));
  });

  it('an image that is damaged is an error that names it, or is left out', async () => {
    const damaged = { ...files, 'b/2.png': files['b/2.png'].subarray(0, 50), 'c/0.jpg': new Uint8Array() };
    const data = await imageFolder({ files: namedFiles(damaged) });
    expect(data.examples).toBe(7);
    await expect(all(data)).rejects.toThrow('imageFolder: b/2.png: cannot be decoded');
    await expect(data.read(Uint32Array.of(5), new Float32Array(36))).rejects.toThrow(
      'imageFolder: c/0.jpg: is no JPEG, PNG or WebP file: it has 0 bytes',
    );
    const sound = await imageFolder({ files: namedFiles(damaged), onDamaged: 'skip' });
    expect(sound).toMatchObject({ examples: 5, skipped: ['b/2.png', 'c/0.jpg'], classes: 4 });
    expect(sound.fileNames).toEqual(['a/deep/er.png', 'a/z.jpeg', 'a-b/x.PNG', 'b/10.png', 'c/1.png']);
    expect((await all(sound)).flatMap(({ y }) => [...y])).toEqual([0, 0, 1, 2, 3]);
    const none = { 'a/1.png': new Uint8Array(), 'b/1.png': new Uint8Array() };
    await expect(imageFolder({ files: namedFiles(none), onDamaged: 'skip' })).rejects.toThrow(
      'imageFolder: none of the 2 images can be decoded',
    );
  });

  it('images of unequal size are refused by name and size, unless prepared', async () => {
    const unequal = namedFiles({ ...files, 'b/2.png': new Uint8Array(await levelFile(1, 6, 3)) });
    await expect(imageFolder({ files: unequal }).then((data) => all(data))).rejects.toThrow(
      'imageFolder: b/2.png: is 6 x 3 x 3, where a/deep/er.png is 4 x 3 x 3: give a preparation that makes them one size',
    );
    const { shape } = await imageFolder({ files: unequal, preparation: imagenetPreparation({ resize: 2, crop: 2 }) });
    expect(shape).toEqual([2, 2, 3]);
  });

  it('decodes by what it is given, several at once, and ends at the first error', async () => {
    let [now, most, count] = [0, 0, 0];
    const decode: DecodeImage = async (who, bytes) => {
      most = Math.max(most, ++now);
      count += 1;
      await new Promise((done) => setTimeout(done, 5));
      now -= 1;
      if (bytes[0] === 9) throw new Error(`broken: ${who}`);
      return { width: 1, height: 1, channels: 3, data: bytes };
    };
    const many = (broken: number) => {
      const names = Array.from({ length: 100 }, (_, i) => [
        `${'ab'[i % 2]}/${i}.png`,
        Uint8Array.of(i === broken ? 9 : 1, 2, 3),
      ]);
      return imageFolder({ files: namedFiles(Object.fromEntries(names)), decode });
    };
    const [{ x }] = await all(await many(-1), 100);
    expect([most, count]).toEqual([8, 101]);
    expect(x).toEqual(Float32Array.from({ length: 300 }, (_, i) => (1 + (i % 3)) / 255));
    count = 0;
    await expect(many(0).then((data) => all(data, 100))).rejects.toThrow('broken: imageFolder: a/0.png');
    expect(count).toBeLessThan(20);
  });

  it('stops at its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(imageFolder({ files: namedFiles(files), signal })).rejects.toThrow('enough');
    const data = await imageFolder({ files: namedFiles(files) });
    await expect(data.read(Uint32Array.of(0), new Float32Array(36), signal)).rejects.toThrow('enough');
  });

  it.each<[string, () => object, string]>([
    ['no files', () => ({ files: namedFiles({}) }), 'imageFolder: these files have no class folder with JPEG'],
    [
      'no such split',
      () => ({ split: 'test' }),
      'in a folder "test"; there is "a", "a-b", "b", "c": without split (--split all) these are the classes',
    ],
    ['options of no preparation', () => ({ preparation: { size: 224 } }), 'imagenetPreparation: unknown option "size"'],
    [
      'a loose image',
      () => ({ files: namedFiles({ ...files, 'x.png': files['c/1.png'] }) }),
      'x.png lies in no class folder',
    ],
    ['one class', () => ({ files: namedFiles(under('all/')) }), 'have one class folder alone, "all": split may name'],
    ['a class that is none', () => ({ classes: ['a', 'b', 'c'] }), 'the folder "a-b" is none of classes'],
    [
      'a class twice',
      () => ({ classes: ['a', 'b', 'c', 'a-b', 'a'] }),
      'classes must be names of which each is there once',
    ],
    ['a preparation that is none', () => ({ preparation: 224 }), 'preparation must be a Preparation, such as'],
    ['an unknown option', () => ({ size: 224 }), 'imageFolder: unknown option "size"'],
    ['files that are none', () => ({ files: 'data' }), 'imageFolder: files must be DataFiles'],
  ])('refuses %s', async (_, change, message) => {
    await expect(imageFolder({ files: namedFiles(files), ...change() })).rejects.toThrow(message);
  });

  it('an image that the preparation refuses is named', async () => {
    const long = { 'a/1.png': await levelFile(1, 4000, 1), 'b/1.png': files['c/1.png'] };
    const data = await imageFolder({ files: namedFiles(long), preparation: imagenetPreparation({ resize: 1000 }) });
    await expect(all(data)).rejects.toThrow(
      'imageFolder: a/1.png: imagenetPreparation: an image of 4000 x 1 would become 4000000 x 1000',
    );
  });
});

describe('in a folder on disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agoge-images-'));
    for (const [name, file] of Object.entries(under('train/'))) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), file);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is the same as in memory', async () => {
    const onDisk = await imageFolder({ files: folderFiles(folder), split: 'train' });
    const inMemory = await imageFolder({ files: namedFiles(files) });
    expect(onDisk.hash).toBe(inMemory.hash);
    expect(await all(onDisk)).toEqual(await all(inMemory));
  });

  it('a folder that is not there has no files, unless it is all of them', async () => {
    expect(await folderFiles(folder).list('test')).toEqual([]);
    await expect(folderFiles(join(folder, 'none')).list('test')).rejects.toThrow('none/test" cannot be read: ENOENT');
    await expect(imageFolder({ files: folderFiles(folder), split: 'test' })).rejects.toThrow('there is "train"');
  });

  it('a file that has become shorter is refused', async () => {
    const data = await imageFolder({ files: folderFiles(folder), split: 'train' });
    await writeFile(join(folder, 'train/a/z.jpeg'), 'x');
    await expect(all(data)).rejects.toThrow(/z\.jpeg: has become shorter/);
  });
});

it('imagenette reads its ten folders', async () => {
  const image = bytesOfText(figures.files[0].file);
  const named = namedFiles({
    'train/n03888257/1.JPEG': image,
    'val/n01440764/1.JPEG': image,
    'val/n03000684/1.JPEG': image,
  });
  const data = await imagenette({ files: named, split: 'test' });
  expect(data).toMatchObject({ examples: 2, classes: 10, shape: [224, 224, 3] });
  expect([...data.labels].map((label) => data.classNames[label])).toEqual(['tench', 'chain saw']);
  const { labels } = await imagenette({ files: named, preparation: resized({ width: 8, height: 8 }) });
  expect([...labels]).toEqual([9]);
  await expect(imagenette({ files: named, split: 'val' } as never)).rejects.toThrow('imagenette: split must be one of');
});

it.runIf(hasPhotographs)('photographs as a folder of one class each (needs ../shared/datasets)', async () => {
  const named = Object.fromEntries(
    figures.photographs.map(({ name }) => [
      `${name.split('_')[0]}/${name}`,
      new Uint8Array(readFileSync(join(photographs, name))),
    ]),
  );
  const data = await imageFolder({ files: namedFiles(named), preparation: imagenetPreparation() });
  expect(data).toMatchObject({ examples: 25, classes: 25, shape: [224, 224, 3] });
  const [batch] = await all(data, 25);
  const mean = batch.x.reduce((sum, value) => sum + value, 0) / batch.x.length;
  expect(mean).toBeGreaterThan(0.3);
  expect(mean).toBeLessThan(0.6);
});
