import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fuzz, mutations } from '../bytes/mutations.fixture';
import { fileBytes } from '../node/file-bytes';
import { digits } from '../sets/digits';
import { type CsvImagesOptions, csvImages } from './csv-images';

const bytesOfText = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options: Partial<CsvImagesOptions> = {}) =>
  csvImages({ bytes: bytesOfText(text), shape: [1, 3, 1], classes: 10, ...options });
const kaggle = 'label,pixel0,pixel1,pixel2\n7,0,51,255\n0,255,0,102\n';

async function contents(data: Awaited<ReturnType<typeof csvImages>>) {
  const x = new Float32Array(data.examples * data.shape.reduce((product, each) => product * each, 1));
  await data.read(
    Uint32Array.from(data.labels, (_, i) => i),
    x,
  );
  return { x: [...x], y: [...data.labels] };
}
const pixels = [0, 51, 255, 255, 0, 102].map((level) => Math.fround(level / 255));

describe('csvImages', () => {
  it.each<[string, string, Partial<CsvImagesOptions>]>([
    ["Kaggle's form", kaggle, {}],
    ['no header', '7,0,51,255\n0,255,0,102', {}],
    ['lines that end as in Windows, spaces, empty lines', 'l,a,b,c\r\n 7, 0,51 ,255\r\n\r\n0,255,0,102\r\n', {}],
    ['quotes, decimals, exponents', '"7","0.0",5.1e1,+255.\n"0","255",-0,102', {}],
    ['the label at the end', '0,51,255,7\n255,0,102,0\n', { label: 'last' }],
    ['the label by its name', 'a,b,"digit",c\n0,51,7,255\n255,0,0,102\n', { label: 'digit' }],
    ['levels up to 5', '7,0,1,5\n0,5,0,2\n', { scale: 5 }],
  ])('reads %s', async (_, text, options) => {
    const data = await read(text, options);
    expect(data).toMatchObject({ examples: 2, shape: [1, 3, 1], classes: 10, bounds: [0, 1] });
    expect(await contents(data)).toEqual({ x: pixels, y: [7, 0] });
  });

  it('reads across pieces of a file as of one', async () => {
    const line = (i: number) => `${i % 10},${Array.from({ length: 300 }, (_, j) => (i * j) % 256).join()}`;
    const text = Array.from({ length: 2000 }, (_, i) => line(i)).join('\n');
    expect(text.length).toBeGreaterThan(2 ** 21);
    const { x, y } = await contents(await read(text, { shape: [10, 10, 3] }));
    expect(y).toEqual(Array.from({ length: 2000 }, (_, i) => i % 10));
    expect(x.every((value, k) => value === Math.fround(((Math.floor(k / 300) * (k % 300)) % 256) / 255))).toBe(true);
  });

  it.each<[string, string, Partial<CsvImagesOptions>, string]>([
    ['nothing', '', {}, 'csvImages: there are no images in 0 bytes'],
    ['a header alone', 'label,a,b,c\n', {}, 'csvImages: there are no images in 12 bytes'],
    [
      'a second header',
      `${kaggle}label,a,b,c\n`,
      {},
      'csvImages: line 4: the label must be a whole number from 0 to 9',
    ],
    [
      'a column too few',
      '7,0,51,255\n0,255,0\n',
      {},
      'line 2: must have 4 columns (a label and 1 x 3 x 1 pixels), has 3',
    ],
    [
      'a column too many',
      '7,0,51,255,1\n',
      {},
      'csvImages: line 1: must have 4 columns (a label and 1 x 3 x 1 pixels), has more',
    ],
    ['a level too high', `${kaggle}1,0,256,0\n`, {}, 'line 4: column 2 must be a number from 0 to 255, got "256"'],
    ['a level below 0', '0,-1,0,1', { label: 'last' }, 'line 1: column 1 must be a number from 0 to 255, got "-1"'],
    ['no number', '7,0,,255\n', {}, 'line 1: column 2 must be a number from 0 to 255, got ""'],
    ['a number in hexadecimal', '7,0,0x10,255\n', {}, 'got "0x10"'],
    ['Infinity', '7,0,Infinity,255\n', {}, 'got "Infinity"'],
    ['a label too large', '7,1,1,1\n10,1,1,1\n', {}, 'line 2: the label must be a whole number from 0 to 9, got "10"'],
    ['a label that is no name of an object', '1,2,3,4', { label: 'constructor' }, 'there is no column "constructor"'],
    ['half a label', '0.5,1,1,1\n', {}, 'line 1: the label must be a whole number from 0 to 9, got "0.5"'],
  ])('refuses %s', async (_, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
    await expect(read(text, options)).rejects.toMatchObject({ name: 'FormatError' });
  });

  it('refuses options that are none', async () => {
    await expect(read(kaggle, { label: 0 } as never)).rejects.toThrow('csvImages: label must be a string, got 0');
    await expect(read(kaggle, { label: 'digit' })).rejects.toThrow('csvImages: there is no column "digit" in a header');
    await expect(read('1,2,3,4', { label: 'digit' })).rejects.toThrow(
      'csvImages: there is no column "digit" in a header',
    );
    await expect(read(kaggle, { scale: 0 })).rejects.toThrow('csvImages: scale must be a finite number > 0, got 0');
    await expect(read(kaggle, { header: true } as never)).rejects.toThrow('csvImages: unknown option "header"');
    await expect(read(kaggle, { shape: [65_536, 65_536, 1] })).rejects.toThrow('csvImages: shape must be of at most');
  });

  it('reads or refuses damaged files', async () => {
    const files = [kaggle, '0,51,255,7\r\n255,0,102,0\r\n', '"7",0,5.1e1,+255.\n'].map(bytesOfText);
    const found = await fuzz(
      async (bytes) => contents(await csvImages({ bytes, shape: [1, 3, 1], classes: 10 })),
      files,
    );
    expect(found.read).toBeGreaterThan(mutations / 20);
    expect(found.refused).toBeGreaterThan(mutations / 4);
  }, 600_000);
});

const real = fileURLToPath(new URL('../../../../../shared/datasets/digits/digits.csv', import.meta.url));
it.runIf(existsSync(real))('digits.csv is the digits that are embedded (needs ../shared/datasets)', async () => {
  const data = await csvImages({
    bytes: await fileBytes(real),
    shape: [8, 8, 1],
    classes: 10,
    label: 'last',
    scale: 16,
  });
  expect(data.examples).toBe(1797);
  const both = [await contents(digits({ split: 'train' })), await contents(digits({ split: 'test' }))];
  expect(await contents(data)).toEqual({ x: both.flatMap(({ x }) => x), y: both.flatMap(({ y }) => y) });
});
