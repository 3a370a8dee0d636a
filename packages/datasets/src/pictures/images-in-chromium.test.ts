import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, type InChromium, inChromium } from '../../../../scripts/chromium';
import type * as page from '../../test/images-page';
import { npzImages } from '../arrays/npz-images';
import { svhnImages } from '../arrays/svhn-images';
import { namedFiles } from '../bytes/data-files';
import { parquetImages } from '../parquet/parquet-images';
import { mnist } from '../sets/mnist';
import { imageFolder } from './image-folder';
import { bytesOfText, figures } from './pillow.fixture';
import { resized } from './preparation';

const figureOf = (name: string) => {
  const figure = figures.files.find((each) => each.name === name);
  if (!figure) throw new Error(name);
  return figure;
};

describe.skipIf(!chromiumPath)('in chromium (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  let chromium: InChromium<typeof page>;
  const files = {
    't10k-images-idx3-ubyte.gz': gzipSync(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6, 7, 8)),
    't10k-labels-idx1-ubyte.gz': gzipSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 3, 9)),
  };
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'agoge-served-'));
    chromium = await inChromium<typeof page>(new URL('../../test/images-page.ts', import.meta.url), {
      '/data/mnist/': folder,
    });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  }, 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
    return chromium?.close();
  });

  it.each(['colour.png', 'grey.png', 'bits.png', 'palette.png', 'colour-16.png', 'lossless.webp', 'animated.webp'])(
    '%s is decoded as by Pillow, to the byte',
    async (name) => {
      const { file, rgb, grey, size } = figureOf(name);
      const [width, height] = size;
      expect(await chromium.call('decode', file)).toEqual({ width, height, channels: 3, data: [...bytesOfText(rgb)] });
      const levels = { width, height, channels: 1, data: [...bytesOfText(grey)] };
      expect(await chromium.call('decode', file, { channels: 1 })).toEqual(levels);
    },
  );

  it.each([
    ['colour.jpg', 3],
    ['progressive.jpg', 3],
    ['grey.jpg', 3],
    ['turned.jpg', 3],
    ['lossy.webp', 3],
  ])('%s is decoded as by Pillow, within %d of 255', async (name, most) => {
    const { file, rgb, size } = figureOf(name);
    const image = await chromium.call('decode', file);
    if (typeof image === 'string') throw new Error(image);
    expect([image.width, image.height]).toEqual(size);
    const expected = bytesOfText(rgb);
    expect(Math.max(...image.data.map((level, i) => Math.abs(level - expected[i])))).toBeLessThanOrEqual(most);
  });

  it('transparent, damaged and too large images are refused', async () => {
    const { file } = figureOf('colour.png');
    expect(await chromium.call('decode', figureOf('alpha.png').file)).toBe(
      'FormatError: file: has transparent pixels, whose colours a browser does not give',
    );
    expect(await chromium.call('decode', file, { maxPixels: 119 })).toBe(
      'FormatError: file: has 12 x 10 pixels, more than maxPixels = 119',
    );
    expect(await chromium.call('decode', file.slice(0, 80))).toMatch(/^FormatError: file: cannot be decoded: /);
    expect(await chromium.call('decode', btoa('GIF89a'))).toMatch(/^FormatError: file: is no JPEG, PNG or WebP file/);
  });

  it('files that were chosen are what they are in Node', async () => {
    const files = { 'a/1.png': figureOf('colour.png').file, 'b/1.webp': figureOf('lossless.webp').file };
    const data = await imageFolder({
      files: namedFiles(Object.fromEntries(Object.entries(files).map(([name, file]) => [name, bytesOfText(file)]))),
      preparation: resized({ width: 3, height: 2 }),
    });
    const x = new Float32Array(2 * 18);
    await data.read(Uint32Array.of(0, 1), x);
    expect(await chromium.call('chosen', files)).toEqual({
      classNames: ['a', 'b'],
      hash: data.hash,
      x: [...x],
      y: [0, 1],
    });
  });

  it('parquet and CSV files too', async () => {
    const bytes = readFileSync(new URL('../../test/golden/parquet/zstd.parquet', import.meta.url));
    const data = await parquetImages({ files: [new Uint8Array(bytes)] });
    const x = new Float32Array(90);
    await data.read(Uint32Array.of(1), x);
    expect(await chromium.call('parquet', bytes.toString('base64'))).toEqual({
      y: [...data.labels],
      hash: data.hash,
      x: [...x],
    });
    expect(await chromium.call('csv', 'label,a,b\n2,0,255\n1,3,4\n')).toEqual([2, 1]);
  });

  it('what a server gives too, and arrays that are packed by gzip, zip and zlib', async () => {
    expect(await chromium.call('served', '/data/mnist')).toBe(
      (await mnist({ files: namedFiles(files), split: 'test' })).hash,
    );
    const golden = (name: string) => readFileSync(new URL(`../../test/golden/binary/${name}`, import.meta.url));
    const [npz, mat] = [golden('deflated.npz'), golden('svhn-packed.mat')];
    expect(await chromium.call('packed', 'npz', npz.toString('base64'))).toBe((await npzImages({ file: npz })).hash);
    expect(await chromium.call('packed', 'mat', mat.toString('base64'))).toBe((await svhnImages({ file: mat })).hash);
  });

  it('a canvas gives an image, and a server must give ranges', async () => {
    expect(await chromium.call('drawn')).toEqual({ width: 2, height: 1, channels: 3, data: [10, 20, 30, 0, 0, 0] });
    expect(await chromium.call('withoutRanges')).toMatch(/module\.js: the server does not give parts of files/);
  });
});
