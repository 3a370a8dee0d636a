import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../bytes/bytes';
import { fuzz } from '../bytes/mutations.fixture';
import { sealed, tarOf } from '../bytes/tar.fixture';
import { fromArrays } from '../from-arrays';
import { imagesByFormula, levelsOf } from '../sets/images-by-formula.fixture';
import { type CifarArchiveOptions, type CifarKind, cifarArchive, cifarImages, readCifarArchive } from './cifar-images';
import { toCifarBinary } from './to-cifar-binary';

const golden = (name: string) => readFileSync(new URL(`../../test/golden/binary/${name}`, import.meta.url));
const hundred = golden('cifar-100.bin');
const record = (label: number) => new Uint8Array(3073).fill(label, 0, 1);

describe('cifarArchive', () => {
  it.each(['gnu', 'pax', 'ustar'])("reads Python's tarfile in the order of the batches, %s", async (format) => {
    const archive = golden(`cifar-${format}.tar.gz`);
    const train = await cifarArchive({ archive });
    expect(train).toMatchObject({ examples: 10, classes: 10, shape: [32, 32, 3], bounds: [0, 1] });
    expect([...train.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await levelsOf(train)).toEqual(imagesByFormula(10));
    const test = await cifarArchive({ archive: gunzipSync(archive), split: 'test' });
    expect([...test.labels]).toEqual([0, 1, 2]);
    expect(await levelsOf(test)).toEqual(imagesByFormula(3, [32, 32, 3], 10));
  });

  const file = { name: 'cifar-10-batches-bin/test_batch.bin', data: record(1) };
  it.each<[string, Partial<CifarArchiveOptions>, string]>([
    ['an archive of another set', { kind: 'cifar100' }, 'the archive has no "cifar-100-binary/test.bin"'],
    ['another name', { archive: tarOf({ ...file, name: 'x/test_batch.bin' }) }, 'the archive has no "cifar-10-batches'],
    [
      'a name twice',
      { archive: tarOf(file, file) },
      'cifarArchive: has two files of the name "cifar-10-batches-bin/test',
    ],
    ['a link beside', { archive: tarOf(file, { name: 'a', type: '2' }) }, '"a" is a symbolic link'],
    [
      'a name outside beside',
      { archive: tarOf({ name: '../a' }, file) },
      'names a file outside its own folder: "../a"',
    ],
    ['a broken packing', { archive: gzipSync(tarOf(file)).subarray(0, 60) }, 'cifarArchive: cannot be unpacked: '],
    ['a path', { archive: 'cifar.tar.gz' as never }, 'cifarArchive: archive must be bytes'],
    ['a split', { split: 'val' as never }, 'cifarArchive: split must be one of "train", "test", got "val"'],
  ])('refuses %s', async (_, change, message) => {
    const options = { archive: golden('cifar-pax.tar.gz'), split: 'test', ...change } as const;
    await expect(cifarArchive(options)).rejects.toThrow(message);
  });

  it('refuses a checksum that only the end of the packing shows to be wrong', async () => {
    const packed = Uint8Array.from(golden('cifar-pax.tar.gz'));
    packed[packed.length - 8] ^= 1;
    await expect(cifarArchive({ archive: packed })).rejects.toThrow('cannot be unpacked: incorrect data check');
  });

  it('refuses a bomb, whose files nobody asked for', async () => {
    const archive = gzipSync(tarOf({ name: 'zeros', data: new Uint8Array(5_000_000) }));
    expect(archive.length).toBeLessThan(6000);
    await expect(readCifarArchive('archive', bytesOf(archive), 'cifar10', 'test', 4_000_000)).rejects.toThrow(
      'archive: unpacks to more than 4000000 bytes',
    );
    await expect(cifarArchive({ archive, split: 'test' })).rejects.toThrow('the archive has no "cifar-10-batches');
  });

  it('reads or refuses damaged archives', async () => {
    const packed = golden('cifar-ustar.tar.gz');
    const archives = [gunzipSync(packed), packed, tarOf(file)];
    // Every other one with right checksums, so that what stands behind them is reached.
    let turn = 0;
    const read = async (bytes: Uint8Array) => {
      const archive = turn++ % 2 === 0 ? bytes : sealed(bytes);
      await levelsOf(await cifarArchive({ archive, split: 'test' }));
    };
    const { read: whole, refused, messages, growth } = await fuzz(read, archives);
    console.log(`cifarArchive: ${whole} read, ${refused} refused, ${messages.size} messages, ${growth} bytes at most`);
    expect(whole).toBeGreaterThan(0);
    expect(messages.size).toBeGreaterThan(10);
  }, 1_800_000);
});

describe('cifarImages', () => {
  it.each<[CifarKind, number, number[]]>([
    ['cifar100', 100, [0, 33, 66]],
    ['cifar100-coarse', 20, [17, 18, 19]],
  ])('reads the labels of %s', async (kind, classes, labels) => {
    const data = await cifarImages({ files: [hundred], kind });
    expect(data).toMatchObject({ classes, labels: Int32Array.from(labels) });
    expect(await levelsOf(data)).toEqual(imagesByFormula(3));
  });

  it('has the hash of the same images in memory', async () => {
    const x = Uint8Array.from(imagesByFormula(3));
    const same = fromArrays({ x, shape: [3, 32, 32, 3], y: Int32Array.of(0, 33, 66), classes: 100 });
    expect((await cifarImages({ files: [hundred], kind: 'cifar100' })).hash).toBe(same.hash);
  });

  it.each<[string, object, string]>([
    ['a part of a record', { files: [record(1).subarray(1)] }, 'file 0: must be records of 3073 bytes, got 3072 bytes'],
    ['the other layout', { files: [record(1), hundred] }, 'file 1: must be records of 3073 bytes, got 9222 bytes'],
    ['nothing', { files: [record(1), new Uint8Array()] }, 'file 1: must be records of 3073 bytes, got 0 bytes'],
    ['no files', { files: [] }, 'cifarImages: there are no pixels'],
    ['a label', { files: [record(1), record(10)] }, 'file 1: the label of example 0 must be from 0 to 9, got 10'],
    ['a file that is none', { files: ['a.bin'] }, 'cifarImages: files must be an array of bytes'],
    ['a kind', { files: [record(1)], kind: 'cifar' }, 'cifarImages: kind must be one of "cifar10", "cifar100"'],
  ])('refuses %s', async (_, options, message) => {
    await expect(cifarImages(options as never)).rejects.toThrow(message);
  });

  it('reads or refuses damaged files', async () => {
    const ten = Buffer.concat([record(3), record(9)]);
    const read = async (bytes: Uint8Array) => {
      const kind = bytes.length % 3074 === 0 ? 'cifar100' : 'cifar10';
      await levelsOf(await cifarImages({ files: [bytes], kind }));
    };
    const { read: whole, refused, messages, growth } = await fuzz(read, [hundred, ten]);
    console.log(`cifarImages: ${whole} read, ${refused} refused, ${messages.size} messages, ${growth} bytes at most`);
    expect(Math.min(whole, refused)).toBeGreaterThan(0);
  }, 1_800_000);
});

describe('toCifarBinary', () => {
  it('writes what was read, byte by byte', async () => {
    const data = await cifarImages({ files: [hundred], kind: 'cifar100' });
    const coarse = [17, 18, 19];
    expect(Buffer.compare(await toCifarBinary(data, { coarse }), hundred)).toBe(0);
    const part = await toCifarBinary(data, { coarse, from: 1, to: 2 });
    expect(Buffer.compare(part, hundred.subarray(3074, 2 * 3074))).toBe(0);
    const train = await cifarArchive({ archive: golden('cifar-gnu.tar.gz') });
    const again = await cifarImages({
      files: [await toCifarBinary(train, { to: 4 }), await toCifarBinary(train, { from: 4 })],
    });
    expect(again.hash).toBe(train.hash);
  });

  const images = (change: object) =>
    fromArrays({ x: new Float32Array(3072), shape: [1, 32, 32, 3], y: Int32Array.of(1), classes: 10, ...change });
  it.each<[string, object, object, string]>([
    [
      'other images',
      { shape: [3, 32, 32, 1], y: new Int32Array(3) },
      {},
      'an image must have shape [32, 32, 3], got [32, 32, 1]',
    ],
    ['other classes', { classes: 20 }, {}, 'toCifarBinary: classes must be 10 or 100, got 20'],
    ['other bounds', { bounds: [-1, 1] }, {}, 'toCifarBinary: bounds must be [0, 1], got [-1, 1]'],
    ['a value between', { x: new Float32Array(3072).fill(0.3) }, {}, 'x of example 0 must be whole 255ths, got 0.3'],
    ['no superclasses', { classes: 100 }, {}, 'toCifarBinary: coarse must be an array of numbers, got undefined'],
    ['a superclass', { classes: 100 }, { coarse: [20] }, 'the coarse label of example 0 must be from 0 to 19, got 20'],
    [
      'a superclass too many',
      { classes: 100 },
      { coarse: [1, 2] },
      'coarse must have shape [1] (one label per image), got [2]',
    ],
    ['an end before the start', {}, { from: 1, to: 0 }, 'toCifarBinary: to must be an integer >= 1 and <= 1, got 0'],
  ])('refuses %s', async (_, change, options, message) => {
    await expect(toCifarBinary(images(change), options)).rejects.toThrow(message);
  });
});
