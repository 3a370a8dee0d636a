import { gzipSync } from 'node:zlib';
import type { Batches } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { namedFiles } from '../bytes/data-files';
import { tarOf } from '../bytes/tar.fixture';
import { zipOf } from '../bytes/zip.fixture';
import type { DecodeImage } from '../pictures/image';
import { resized } from '../pictures/preparation';
import { datasets, hasSplit, isFromFiles, splitOptions } from '../registry';
import { cifar10, cifar100 } from './cifar';
import { cifar10C } from './cifar10-c';
import { csv } from './csv';
import { emnist } from './emnist';
import { imagenette } from './imagenette';
import { fashionMnist, kmnist } from './mnist';
import { emnistClassNames, filesOf, namedSets } from './named-sets';
import { parquet } from './parquet';
import { svhn } from './svhn';

describe('namedSets', () => {
  it.each(Object.entries(namedSets))(
    '%s: every file has its length, its SHA-256 and addresses that end in its name',
    (name, set) => {
      expect(isFromFiles(name)).toBe(true);
      expect(set.folder).toMatch(/^[a-z0-9-]+$/);
      for (const file of set.files) {
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(file.size).toBeGreaterThan(4000);
        for (const url of file.urls ?? []) expect(new URL(url).pathname.endsWith(`/${file.name}`)).toBe(true);
        expect(file.urls?.length ?? 0).toBeGreaterThanOrEqual(name === 'cifar10-jpeg' ? 0 : 1);
      }
      expect(new Set(set.files.map((file) => file.sha256)).size).toBe(set.files.length);
      expect(new Set(set.classNames).size).toBe(set.classNames.length);
      const named = Object.values(set.parts?.files ?? {}).flat();
      if (set.parts) expect(named.sort()).toEqual(set.files.map((file) => file.name).sort());
    },
  );

  it('has as many class names as there are classes', () => {
    const counts = Object.fromEntries(Object.entries(namedSets).map(([name, set]) => [name, set.classNames.length]));
    expect(counts).toMatchObject({ mnist: 10, emnist: 47, cifar10: 10, cifar100: 100, svhn: 10, imagenette: 10 });
    const emnistCounts = Object.values(emnistClassNames).map((names) => names.length);
    expect(emnistCounts).toEqual([47, 62, 47, 26, 10, 10]);
    expect(namedSets.cifar100.classNames[0]).toBe('apple');
    expect([...namedSets.cifar100.classNames].sort()).toEqual(namedSets.cifar100.classNames);
  });

  it('knows what is read for which options', () => {
    const names = (name: string, options?: Record<string, unknown>) => filesOf(name, options).map((file) => file.name);
    expect(names('mnist')).toEqual(['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz']);
    expect(names('svhn', { split: 'extra' })).toEqual(['extra_32x32.mat']);
    expect(names('imagenette', { split: 'test' })).toEqual(['imagenette2-160.tgz']);
    expect(names('imagenette', { size: 320 })).toEqual(['imagenette2-320.tgz']);
    expect(names('cifar10', { split: 'test' })).toEqual(['cifar-10-binary.tar.gz']);
    expect(() => filesOf('mnist', { split: 'val' })).toThrow('mnist: split must be one of "train", "test", got "val"');
  });

  it('every set in files asks for them', async () => {
    for (const name of Object.keys(datasets).filter(isFromFiles)) {
      await expect(async () => datasets[name]({}), name).rejects.toThrow('files must be DataFiles');
    }
  });
});

const bytes = (length: number, byte: (i: number) => number) => Uint8Array.from({ length }, (_, i) => byte(i));
const join = (...parts: (ArrayLike<number> | string)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part)] : Array.from(part))));
const archive = (files: Record<string, Uint8Array>) =>
  tarOf(...Object.entries(files).map(([name, data]) => ({ name, data })));
async function first(data: Batches, n: number) {
  for await (const { x, y, index } of data.batches({ batchSize: n })) {
    return { x: Array.from(x, (level) => Math.round(255 * level)), y: [...y], index: [...index] };
  }
  throw new Error('no batch');
}

describe('sets in archives', () => {
  const decode: DecodeImage = async (_, data) => ({ width: 2, height: 1, channels: 3, data });

  it('emnist: upright, from the zip archive or its folder, letters from 1', async () => {
    const idx = (shape: number[], data: ArrayLike<number>) =>
      gzipSync(
        join(
          [0, 0, 8, shape.length],
          shape.flatMap((size) => [0, 0, 0, size]),
          data,
        ),
      );
    const members = (part: string, label: number) => ({
      [`gzip/emnist-${part}-test-images-idx3-ubyte.gz`]: idx([1, 2, 2], [1, 2, 3, 4]),
      [`gzip/emnist-${part}-test-labels-idx1-ubyte.gz`]: idx([1], [label]),
    });
    const all = { ...members('letters', 26), ...members('balanced', 46) };
    const zip = zipOf(Object.entries(all).map(([name, data], i) => ({ name, data, method: i % 2 === 0 ? 0 : 8 })));
    for (const files of [namedFiles({ 'gzip.zip': zip }), namedFiles(all)]) {
      const letters = await emnist({ files, part: 'letters', split: 'test' });
      expect(letters.classes).toBe(26);
      expect(await first(letters, 1)).toEqual({ x: [1, 3, 2, 4], y: [25], index: [0] });
      expect(await first(await emnist({ files, split: 'test' }), 1)).toMatchObject({ y: [46] });
      await expect(emnist({ files, part: 'mnist' })).rejects.toThrow(/emnist: (the archive has|there is) no gzip/);
    }
  });

  it('imagenette: from the archive of the size asked for', async () => {
    const tgz = (folder: string, level: number) =>
      gzipSync(
        archive({
          [`${folder}/val/n03888257/a.JPEG`]: bytes(6, () => level),
          [`${folder}/noisy.csv`]: bytes(3, Number),
        }),
      );
    const files = namedFiles({
      'imagenette2-160.tgz': tgz('imagenette2-160', 1),
      'imagenette2.tgz': tgz('imagenette2', 2),
    });
    const preparation = resized({ width: 2, height: 1 });
    const common = { files, split: 'test', decode, preparation } as const;
    const data = await imagenette(common);
    expect(data.classNames[9]).toBe('parachute');
    expect(await first(data, 1)).toEqual({ x: [1, 1, 1, 1, 1, 1], y: [9], index: [0] });
    expect((await first(await imagenette({ ...common, size: 'full' }), 1)).x[0]).toBe(2);
    await expect(imagenette({ ...common, size: 320 })).rejects.toThrow('imagenette: there is no imagenette2-320.tgz');
    await expect(imagenette({ ...common, size: 200 as never })).rejects.toThrow(
      'imagenette: size must be one of 160, 320',
    );
  });

  it('cifar10C: from the archive, by corruption and severity', async () => {
    const npy = (shape: string, data: Uint8Array) => {
      const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117);
      const head = join([0x93], 'NUMPY', [1, 0, 118, 0], `${header}\n`);
      const whole = new Uint8Array(head.length + data.length);
      whole.set(head);
      whole.set(data, head.length);
      return whole;
    };
    const images = new Uint8Array(10_000 * 3072).fill(7);
    images[3072] = 9;
    const tar = archive({
      'CIFAR-10-C/fog.npy': npy('10000, 32, 32, 3', images),
      'CIFAR-10-C/labels.npy': npy(
        '10000,',
        bytes(10_000, (i) => i % 10),
      ),
    });
    const files = namedFiles({ 'CIFAR-10-C.tar': tar });
    const data = await cifar10C({ files, corruption: 'fog', severity: 1 });
    const { x, y, index } = await first(data, 2);
    expect([x[3071], x[3072], y, index]).toEqual([7, 9, [0, 1], [0, 1]]);
    const wrong = { files, corruption: 'fog', severity: 2 } as const;
    await expect(cifar10C(wrong)).rejects.toThrow('got [10000, 20000]');
    await expect(cifar10C({ ...wrong, corruption: 'snow' })).rejects.toThrow('the archive has no CIFAR-10-C/snow.npy');
    await expect(cifar10C({ ...wrong, corruption: 'rain' as never })).rejects.toThrow('corruption must be one of');
    await expect(cifar10C({ ...wrong, severity: 6 })).rejects.toThrow(
      'severity must be an integer >= 1 and <= 5, got 6',
    );
  });

  it('cifar and svhn say which file is missing', async () => {
    const files = namedFiles({});
    await expect(cifar10({ files })).rejects.toThrow('cifar10: there is no cifar-10-binary.tar.gz');
    await expect(cifar100({ files, labels: 'coarse' })).rejects.toThrow(
      'cifar100: there is no cifar-100-binary.tar.gz',
    );
    await expect(svhn({ files, split: 'extra' })).rejects.toThrow('svhn: there is no extra_32x32.mat');
    await expect(kmnist({ files })).rejects.toThrow('kmnist: there is no train-images-idx3-ubyte');
    await expect(fashionMnist({ files, split: 'test' })).rejects.toThrow('fashionMnist: there is no t10k-images');
  });
});

describe('sets of one file', () => {
  it('csv is one file by its name', async () => {
    const files = namedFiles({ 'mine.csv': join('2,1,2\n') });
    const set = { files, shape: [1, 2, 1], classes: 3 } as const;
    expect(await first(await csv({ ...set, name: 'mine.csv' }), 1)).toEqual({ x: [1, 2], y: [2], index: [0] });
    await expect(csv({ ...set, name: 'no.csv' })).rejects.toThrow('csv: there is no no.csv');
    expect(['csv', 'npz', 'mnist', 'parquet'].map(hasSplit)).toEqual([false, false, true, true]);
    expect(['csv', 'mnist', 'imageFolder'].map((name) => splitOptions(name, 'all'))).toEqual([
      {},
      { split: 'all' },
      {},
    ]);
    expect(splitOptions('imageFolder', 'val')).toEqual({ split: 'val' });
  });

  it('parquet reads the files of its split alone', async () => {
    const damaged = bytes(9, Number);
    const files = namedFiles({ 'data/train-00000-of-00001.parquet': damaged, 'trainer.parquet': damaged });
    await expect(parquet({ files, split: 'test' })).rejects.toThrow(
      'parquet: there is no file of "test", such as test.parquet',
    );
    // Of the two, the one of the split, which is none.
    await expect(parquet({ files })).rejects.toThrow(/^parquetImages: (?!file)/);
  });
});
