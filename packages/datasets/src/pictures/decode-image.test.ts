import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fuzz } from '../bytes/mutations.fixture';
import { decodeImage } from './decode-image';
import { bytesOfText, figures, hasPhotographs, photographs } from './pillow.fixture';

const fileOf = (name: string) => {
  const found = figures.files.find((each) => each.name === name);
  if (!found) throw new Error(name);
  return bytesOfText(found.file);
};

describe('decodeImage', () => {
  it.each(figures.files)('$name: as Pillow, to the byte', async ({ name, file, size, rgb, grey }) => {
    const image = await decodeImage(name, bytesOfText(file));
    expect(image).toMatchObject({ width: size[0], height: size[1], channels: 3 });
    expect(Buffer.from(image.data)).toEqual(Buffer.from(rgb, 'base64'));
    const inGrey = await decodeImage(name, bytesOfText(file), { channels: 1 });
    expect(inGrey).toMatchObject({ width: size[0], height: size[1], channels: 1 });
    expect(Buffer.from(inGrey.data)).toEqual(Buffer.from(grey, 'base64'));
  });

  it.each([1, 3] as const)('of 16 bits in %d channels it keeps the upper 8', async (channels) => {
    const levels = Uint16Array.from({ length: 4 * 3 * channels }, (_, i) => (i * 5431) % 65536);
    const raw = { width: 4, height: 3, channels, depth: 'ushort' } as const;
    const file = await sharp(levels, { raw })
      .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
      .png()
      .toBuffer();
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    const { data } = await decodeImage('deep.png', file, { channels });
    expect([...data]).toEqual([...levels].map((level) => level >> 8));
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('it turns an image as EXIF orientation %d says', async (orientation) => {
    const stored = await sharp(fileOf('colour.png')).withMetadata({ orientation }).png().toBuffer();
    const { width, height, data } = await decodeImage('turned.png', stored);
    const upright = await decodeImage('colour.png', fileOf('colour.png'));
    expect([width, height]).toEqual(orientation > 4 ? [10, 12] : [12, 10]);
    // Where the pixel at the top left lies in the file.
    const corner = [[], [0, 0], [11, 0], [11, 9], [0, 9], [0, 0], [0, 9], [11, 9], [11, 0]][orientation];
    const at = 3 * (corner[1] * 12 + corner[0]);
    expect([...data.subarray(0, 3)]).toEqual([...upright.data.subarray(at, at + 3)]);
  });

  const jpeg = fileOf('colour.jpg');
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /^cat: is no JPEG, PNG or WebP file: it has 0 bytes$/],
    ['a text', new TextEncoder().encode('<svg/>'), /^cat: is no JPEG, .* it has 6 bytes, the first 3c 73 76 67$/],
    ['a GIF', new TextEncoder().encode('GIF89a0000'), /^cat: is no JPEG, PNG or WebP file/],
    ['a JPEG cut in its header', jpeg.subarray(0, 30), /^cat: is cut short: it ends in its header$/],
    ['a JPEG cut in its data', jpeg.subarray(0, jpeg.length - 60), /^cat: cannot be decoded: /],
    ['a PNG with a changed byte', fileOf('colour.png').map((byte, i) => byte ^ (i === 60 ? 1 : 0)), /^cat: cannot be/],
    ['a PNG without data', fileOf('colour.png').subarray(0, 33), /^cat: cannot be decoded: /],
    ['a WebP cut short', fileOf('lossy.webp').subarray(0, 80), /^cat: cannot be decoded: /],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(decodeImage('cat', bytes)).rejects.toThrow(message);
    await expect(decodeImage('cat', bytes)).rejects.toMatchObject({ name: 'FormatError' });
  });

  it('refuses more pixels than it may take by the header alone', async () => {
    const bomb = await sharp({ create: { width: 3000, height: 2000, channels: 3, background: 'black' } })
      .png()
      .toBuffer();
    await expect(decodeImage('bomb', bomb, { maxPixels: 5_999_999 })).rejects.toThrow(
      'bomb: has 3000 x 2000 pixels, more than maxPixels = 5999999',
    );
    expect((await decodeImage('bomb', bomb, { maxPixels: 6_000_000 })).data).toHaveLength(18_000_000);
    // The same with a header that says 2^31 - 1 a side, as a decompression bomb would.
    const lie = fileOf('colour.png').slice();
    new DataView(lie.buffer).setUint32(16, 2 ** 31 - 1);
    new DataView(lie.buffer).setUint32(20, 2 ** 31 - 1);
    await expect(decodeImage('lie', lie)).rejects.toThrow('lie: has 2147483647 x 2147483647 pixels, more than');
  });

  it('refuses options that are none', async () => {
    await expect(decodeImage('cat', jpeg, { channels: 4 } as never)).rejects.toThrow('channels must be one of 1, 3');
    await expect(decodeImage('cat', jpeg, { size: 3 } as never)).rejects.toThrow('decodeImage: unknown option "size"');
  });

  it('reads or refuses damaged files', async () => {
    const files = figures.files.map(({ file }) => bytesOfText(file));
    const most = 2 ** 20;
    const found = await fuzz((bytes) => decodeImage('file', bytes, { maxPixels: most }), files);
    expect(found.read).toBeGreaterThan(0);
    expect(found.refused).toBeGreaterThan(found.read / 10);
  }, 3_600_000);
});

describe.runIf(hasPhotographs)('damaged photographs (needs ../shared/datasets)', () => {
  const { name } = figures.photographs[0];
  const bytes = () => new Uint8Array(readFileSync(join(photographs, name)));

  it.each([100, 1000, 20_000, 80_000])('cut after %d bytes is refused', async (length) => {
    await expect(decodeImage(name, bytes().subarray(0, length))).rejects.toThrow(`${name}: `);
  });

  it('under another name is what it is', async () => {
    expect(await decodeImage('photograph.png', bytes())).toMatchObject({ width: 488, height: 350 });
  });
});
