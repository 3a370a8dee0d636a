import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../bytes/bytes';
import { fuzz } from '../bytes/mutations.fixture';
import { imagesByFormula, levelsOf } from '../sets/images-by-formula.fixture';
import { readMat } from './mat';
import { readNumbers } from './number-types';
import { svhnImages } from './svhn-images';

const golden = (name: string) =>
  Uint8Array.from(readFileSync(new URL(`../../test/golden/binary/${name}`, import.meta.url)));

/** An element of a MAT file, padded; big-endian, as scipy does not write them. */
function element(type: number, data: ArrayLike<number>): number[] {
  const padding = new Array<number>(-data.length & 7).fill(0);
  return [...int(type), ...int(data.length), ...Array.from(data), ...padding];
}
const int = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
/** A small one: its data, four bytes at most, within its tag. */
const small = (type: number, data: number[]) => [0, data.length, 0, type, ...data, ...[0, 0, 0, 0].slice(data.length)];

function variable(name: string, kind: number, shape: number[], data: number[]): number[] {
  const letters = small(
    1,
    [...name].map((letter) => letter.charCodeAt(0)),
  );
  return element(14, [
    ...element(6, [...int(kind), ...int(0)]),
    ...element(5, shape.flatMap(int)),
    ...letters,
    ...data,
  ]);
}
const head = [...new TextEncoder().encode('MATLAB 5.0 MAT-file'.padEnd(124)), 1, 0, ...new TextEncoder().encode('MI')];

/** The images of the formula as MATLAB keeps them: channel by channel, column by column. */
const columns = (n: number) => {
  const inOrder = imagesByFormula(n);
  return Array.from({ length: n * 3072 }, (_, i) => {
    const [image, channel, column, row] = [
      Math.floor(i / 3072),
      Math.floor(i / 1024) % 3,
      Math.floor(i / 32) % 32,
      i % 32,
    ];
    return inOrder[image * 3072 + (row * 32 + column) * 3 + channel];
  });
};
const images = variable('X', 9, [32, 32, 3, 2], element(2, columns(2)));
const digits = variable('y', 6, [2, 1], small(4, [0, 10, 0, 3]));
const big = Uint8Array.from([...head, ...digits, ...images]);

describe('svhnImages', () => {
  it.each([
    ['svhn.mat', 3],
    ['svhn-packed.mat', 12],
    ['svhn-doubles.mat', 2],
  ])("reads scipy's %s", async (name, n) => {
    const file = golden(name);
    const before = file.slice();
    const data = await svhnImages({ file });
    expect(data).toMatchObject({ examples: n, classes: 10, shape: [32, 32, 3], bounds: [0, 1] });
    expect([...data.labels]).toEqual(Array.from({ length: n }, (_, i) => i % 10));
    expect(await levelsOf(data)).toEqual(imagesByFormula(n));
    expect(file).toEqual(before);
  });

  it('reads big-endian files with small elements', async () => {
    const data = await svhnImages({ file: big });
    expect([...data.labels]).toEqual([0, 3]);
    expect(await levelsOf(data)).toEqual(imagesByFormula(2));
  });

  it('reads a single image, whose last size MATLAB leaves out', async () => {
    const one = variable('X', 9, [32, 32, 3], element(2, columns(1)));
    const data = await svhnImages({
      file: Uint8Array.from([...head, ...one, ...variable('y', 9, [1, 1], small(2, [5]))]),
    });
    expect([...data.labels]).toEqual([5]);
  });

  const file = (...variables: number[][]) => Uint8Array.from([...head, ...variables.flat()]);
  it.each<[string, Uint8Array, string]>([
    ['text', golden('svhn-text.mat'), 'svhnImages: "X" is of the kind char; only numeric arrays are read'],
    ['cells', golden('svhn-cell.mat'), '"X" is of the kind cell; only numeric arrays are read'],
    ['a structure', golden('svhn-structure.mat'), '"X" is of the kind struct; only numeric arrays are read'],
    ['complex numbers', golden('svhn-complex.mat'), '"X" is complex; only real arrays are read'],
    ['a file of level 4', golden('svhn-four.mat'), 'is no MAT file: its head has 128 bytes, got 34'],
    ['no MAT file', new Uint8Array(200).fill(65), 'is no MAT file of level 5: it lacks the mark of the byte order'],
    ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), 'is a MAT file of version 7.3 (HDF5), which is not read'],
    ['7.3', Buffer.from('MATLAB 7.3 MAT-file'.padEnd(600)), 'is a MAT file of version 7.3 (HDF5), which is not read'],
    ['no labels', file(images), 'svhnImages: there is no variable "y"'],
    ['no images', file(digits), 'svhnImages: there is no variable "X"'],
    ['images twice', file(images, images), 'has two variables of the name "X"'],
    [
      'images of doubles',
      file(variable('X', 6, [32, 32, 3], element(2, columns(1))), digits),
      'got double, 32 x 32 x 3',
    ],
    [
      'other sizes',
      file(variable('X', 9, [1, 1, 2], small(2, [1, 2])), digits),
      '32 x 32 x 3 x n, got uint8, 1 x 1 x 2',
    ],
    [
      'sizes that are not the data',
      file(variable('y', 6, [9, 1], small(4, [0, 1, 0, 2]))),
      '"y" of 9 x 1 holds 4 bytes of u2',
    ],
    ['a label of 0', file(images, variable('y', 9, [2, 1], small(2, [0, 1]))), 'example 0 must be from 1 to 10, got 0'],
    ['a label more', file(images, variable('y', 9, [3, 1], small(2, [1, 2, 3]))), 'there are 2 images, but 3 labels'],
    ['a file cut short', big.subarray(0, 5000), 'is cut short'],
    ['a packed file cut short', golden('svhn-packed.mat').subarray(0, 1000), 'is cut short'],
    ['a broken packing', golden('svhn-packed.mat').map((byte, i) => (i === 700 ? byte ^ 4 : byte)), 'svhnImages: '],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(svhnImages({ file: bytes })).rejects.toThrow(message);
  });

  it('refuses what is no file, and options that are none', async () => {
    await expect(svhnImages({ file: 'x.mat' as never })).rejects.toThrow('svhnImages: file must be bytes');
    await expect(svhnImages({ file: big, split: 'test' } as never)).rejects.toThrow('unknown option "split"');
  });

  it('holds the size of packed data against the sizes of the array before it unpacks it', async () => {
    const start = variable('X', 9, [32, 32, 3, 1], [...int(2), ...int(2 ** 30)]).slice(8);
    const zeros = deflateSync(Uint8Array.from([...int(14), ...int(2 ** 30 + 56), ...start, ...new Array(1e6).fill(0)]));
    const bomb = Uint8Array.from([...head, ...element(15, zeros)]);
    await expect(svhnImages({ file: bomb })).rejects.toThrow('"X" of 32 x 32 x 3 x 1 holds 1073741824 bytes of u1');
  });

  it('reads or refuses damaged files', async () => {
    const files = [big, golden('svhn.mat'), golden('svhn-packed.mat'), golden('svhn-doubles.mat')];
    const read = async (bytes: Uint8Array) => void (await levelsOf(await svhnImages({ file: bytes })));
    const { read: whole, refused, messages, growth } = await fuzz(read, files);
    console.log(`svhnImages: ${whole} read, ${refused} refused, ${messages.size} messages, ${growth} bytes at most`);
    expect(whole).toBeGreaterThan(0);
    expect(messages.size).toBeGreaterThan(15);
  }, 1_800_000);
});

it('readMat reads the variables that are asked for', async () => {
  const found = await readMat('file', bytesOf(big), ['y', 'z']);
  expect([...found.keys()]).toEqual(['y']);
  expect(found.get('y')).toMatchObject({ shape: [2, 1], kind: 'double', type: 'u2', little: false });
});

describe('readNumbers', () => {
  it.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7bff, 65504],
    [0x8000, -0],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e01, Number.NaN],
  ])('reads the 16 bits %s as %s', (bits, value) => {
    const [number] = readNumbers(Uint8Array.of(bits >> 8, bits & 255), 'f2', false, new Float64Array(1));
    expect(number).toBe(value);
  });
});
