import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytesOf } from '../bytes/bytes';
import { namedFiles } from '../bytes/data-files';
import { fuzz } from '../bytes/mutations.fixture';
import { openMember, zipMembers } from '../bytes/zip';
import { zipOf } from '../bytes/zip.fixture';
import { fromArrays } from '../from-arrays';
import { imagesByFormula, levelsOf } from '../sets/images-by-formula.fixture';
import { npz } from '../sets/npz';
import { openNpy } from './npy';
import { type NpyImagesOptions, npyImages } from './npy-images';
import { type NpzImagesOptions, npzImages } from './npz-images';
import { readNumbers } from './number-types';

const golden = (name: string) =>
  Uint8Array.from(readFileSync(new URL(`../../test/golden/binary/${name}`, import.meta.url)));

/** A `.npy` file of version 1, whatever its head says. */
function npy(head: string, data: ArrayLike<number>): Uint8Array {
  const text = new TextEncoder().encode(`${head}\n`);
  return Uint8Array.from([
    0x93,
    ...Buffer.from('NUMPY'),
    1,
    0,
    text.length & 255,
    text.length >> 8,
    ...text,
    ...Array.from(data),
  ]);
}
const headOf = (descr: string, shape: string, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

const shape = [4, 3, 2] as const;
const files = { images: golden('images-version-1.npy'), labels: golden('labels.npy') };

describe('openNpy', () => {
  it("reads every type of numpy's, either byte first, in C and in Fortran order", async () => {
    const archive = bytesOf(golden('all-types.npz'));
    const members = await zipMembers('all-types', archive);
    expect(members.size).toBe(42);
    for (const member of members.values()) {
      const file = await openMember('all-types', archive, member, 1e6);
      const { shape, type, little, data } = await openNpy(member.name, file, 1e6);
      const numbers = readNumbers(await data.read(0, data.length), type, little, new Float64Array(6));
      const scale = type[0] === 'f' ? -0.125 : type[0] === 'i' ? -1 : 1;
      const expected = type === 'b1' ? [0, 1, 1, 1, 0, 1] : [0, 1, 2, 3, 100, 127].map((value) => value * scale);
      expect([member.name, shape, ...numbers.map((each) => each + 0)]).toEqual([
        member.name,
        [2, 3],
        ...expected.map((each) => each + 0),
      ]);
    }
  });

  it('reads heads as other writers have them', async () => {
    const heads = [
      '{"shape":(2,3),"fortran_order":False,"descr":"|u1"}',
      "{ 'fortran_order' : False , 'descr':'|u1','shape':( 2L , 3L )}",
    ];
    for (const head of heads) {
      expect(await openNpy('file', bytesOf(npy(head, [1, 2, 3, 4, 5, 6])), 1e6)).toMatchObject({
        shape: [2, 3],
        type: 'u1',
      });
    }
    expect(await openNpy('file', bytesOf(npy(headOf('|u1', '()'), [1])), 1e6)).toMatchObject({ shape: [] });
  });

  const good = headOf('|u1', '(2,)');
  it.each<[string, Uint8Array, string]>([
    ['objects', golden('objects.npy'), 'file: holds objects, which are pickled; only numbers are read'],
    ['records', golden('records.npy'), 'file: holds records; only numbers are read'],
    ['complex numbers', golden('complex.npy'), 'file: holds complex numbers; only numbers are read'],
    ['text', golden('text.npy'), 'file: holds text; only numbers are read'],
    ['a type that is none', npy(headOf('|q3', '(2,)'), [1, 2]), 'file: holds values of the unknown type "|q3"'],
    ['another file', new Uint8Array(100), 'file: is no .npy file'],
    ['nothing', new Uint8Array(), 'file: is no .npy file'],
    ['another version', npy(good, [1, 2]).map((byte, i) => (i === 6 ? 4 : byte)), 'is a .npy file of version 4.0'],
    ['a head cut short', npy(good, [1, 2]).subarray(0, 40), 'is cut short: its head has 68 bytes'],
    ['fewer data', npy(good, [1]), 'holds 1 bytes of data, its shape (2) of |u1 says 2'],
    ['more data', npy(good, [1, 2, 3]), 'holds 3 bytes of data, its shape (2) of |u1 says 2'],
    ['a vast shape', npy(headOf('<f8', '(999999999999999, 999999999999999)'), []), 'holds 0 bytes of data, its shape'],
    ['a negative size', npy(headOf('|u1', '(-1,)'), []), "has a head that is none: \"{'descr'"],
    ['a field more', npy(good.replace('{', "{'a': 1, "), [1, 2]), 'has a head that is none'],
    ['a field twice', npy(good.replace('{', "{'fortran_order': True, "), [1, 2]), 'has a head that is none'],
    ['a call', npy(good.replace('False', '__import__("os")'), [1, 2]), 'has a head that is none'],
    [
      'many sizes',
      npy(headOf('|u1', `(${'1,'.repeat(33)})`), [1]),
      'has 33 dimensions, more than the 32 that are read',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(openNpy('file', bytesOf(bytes), 1e6)).rejects.toThrow(message);
  });

  it('turns no array in Fortran order round that is too long', async () => {
    await expect(openNpy('file', bytesOf(golden('images-fortran.npy')), 50)).rejects.toThrow(
      'file: has 96 bytes, more than the 50 that are read',
    );
  });
});

describe('npyImages', () => {
  it.each([1, 2, 3])('reads files of version %i', async (version) => {
    const data = await npyImages({ ...files, images: golden(`images-version-${version}.npy`) });
    expect(data).toMatchObject({ examples: 4, classes: 10, shape, bounds: [0, 1], labels: Int32Array.of(0, 1, 2, 3) });
    expect(await levelsOf(data)).toEqual(imagesByFormula(4, shape));
  });

  it('has the images and the hash of the same in memory, in C and in Fortran order', async () => {
    const x = Uint8Array.from(imagesByFormula(4, shape));
    const { hash } = fromArrays({ x, shape: [4, ...shape], y: Int32Array.of(0, 1, 2, 3), classes: 10 });
    expect((await npyImages(files)).hash).toBe(hash);
    expect((await npyImages({ ...files, images: golden('images-fortran.npy') })).hash).toBe(hash);
  });

  it('leaves floats as they are, within the bounds', async () => {
    const halves = golden('images-float16.npy');
    const data = await npyImages({ ...files, images: halves });
    const x = Float32Array.from(imagesByFormula(4, shape), (level) => level / 256);
    const { hash } = fromArrays({ x, shape: [4, ...shape], y: Int32Array.of(0, 1, 2, 3), classes: 10 });
    expect(data.hash).toBe(hash);
    const out = new Float32Array(24);
    await data.read(Uint32Array.of(2), out);
    expect(out).toEqual(x.subarray(48, 72));
    await expect(npyImages({ ...files, images: halves, bounds: [0.1, 0.5] })).rejects.toThrow(
      'npyImages: images: holds 0, which is outside the bounds [0.1, 0.5]',
    );
  });

  it('takes a part of the rows, and reads no more of them', async () => {
    const pieces: [number, number][] = [];
    const whole = bytesOf(files.images);
    const images: Bytes = {
      length: whole.length,
      read(from, to) {
        pieces.push([from, to]);
        return whole.read(from, to);
      },
    };
    const data = await npyImages({ images, labels: files.labels, from: 1, to: 3, hash: 'known' });
    expect(data).toMatchObject({ examples: 2, hash: 'known', labels: Int32Array.of(1, 2) });
    pieces.length = 0;
    expect(await levelsOf(data)).toEqual(imagesByFormula(2, shape, 1));
    expect(pieces).toEqual([[128 + 24, 128 + 72]]);
    pieces.length = 0;
    await data.read(Uint32Array.of(1, 0), new Float32Array(48));
    expect(pieces).toEqual([
      [128 + 48, 128 + 72],
      [128 + 24, 128 + 48],
    ]);
  });

  const levels = (sizes: string, data: number[]) => npy(headOf('|u1', sizes), data);
  it.each<[string, Partial<NpyImagesOptions>, string]>([
    [
      'other sizes',
      { images: levels('(4, 2)', new Array(8).fill(0)) },
      'images: must have the shape (n, height, width, channels)',
    ],
    [
      'no images',
      { images: levels('(0, 2, 2, 1)', []) },
      'must have the shape (n, height, width, channels), got (0, 2, 2, 1)',
    ],
    [
      'fewer labels',
      { labels: levels('(3,)', [1, 2, 3]) },
      'labels: must have the shape (4), one label per image, got (3)',
    ],
    ['labels in two columns', { labels: levels('(4, 2)', new Array(8).fill(0)) }, 'one label per image, got (4, 2)'],
    [
      'a label',
      { labels: levels('(4, 1)', [1, 2, 3, 10]) },
      'labels: the label of example 3 must be from 0 to 9, got 10',
    ],
    [
      'labels that are no whole numbers',
      { labels: npy(headOf('<f4', '(4,)'), new Array(16).fill(0)) },
      'labels: holds f4',
    ],
    ['rows that are not there', { from: 2, to: 5 }, 'from and to must be rows with 0 <= from < to <= 4, got [2, 5]'],
    ['no rows', { from: 4 }, 'got [4, 4]'],
    [
      'bounds of bytes',
      { bounds: [-1, 1] },
      'npyImages: bounds must be [0, 1], since the images are bytes, got [-1, 1]',
    ],
    ['a path', { images: 'a.npy' as never }, 'npyImages: images must be bytes'],
  ])('refuses %s', async (_, change, message) => {
    await expect(npyImages({ ...files, ...change })).rejects.toThrow(message);
  });

  it('reads or refuses damaged files', async () => {
    const names = [
      'images-version-1',
      'images-version-2',
      'images-version-3',
      'images-fortran',
      'images-float16',
      'objects',
    ];
    const read = async (images: Uint8Array) => void (await levelsOf(await npyImages({ ...files, images })));
    const found = await fuzz(
      read,
      names.map((name) => golden(`${name}.npy`)),
    );
    console.log(
      `npyImages: ${found.read} read, ${found.refused} refused, ${found.messages.size} messages, ${found.growth} bytes at most`,
    );
    expect(found.read).toBeGreaterThan(0);
    expect(found.messages.size).toBeGreaterThan(10);
  }, 1_800_000);
});

describe('npzImages', () => {
  it.each<[string, readonly [number, number, number]]>([
    ['stored', [4, 4, 3]],
    ['deflated', [32, 32, 3]],
  ])("reads numpy's %s.npz", async (name, shape) => {
    const data = await npzImages({ file: golden(`${name}.npz`) });
    expect(data).toMatchObject({ examples: 5, classes: 10, shape, labels: Int32Array.of(0, 1, 2, 3, 4) });
    expect(await levelsOf(data)).toEqual(imagesByFormula(5, shape));
  });

  const stored = zipOf([
    { name: 'x.npy', data: files.images },
    { name: 'y.npy', data: files.labels },
  ]);
  const options = { file: stored, images: 'x', labels: 'y' };
  const damaged = stored.map((byte, i) => (i === 200 ? byte ^ 1 : byte));
  const packed = zipOf([{ name: 'image.npy', data: files.images, method: 8 }]);

  it('reads a stored array where it lies', async () => {
    const whole = bytesOf(stored);
    let longest = 0;
    const file: Bytes = {
      length: whole.length,
      read(from, to) {
        longest = Math.max(longest, to - from);
        return whole.read(from, to);
      },
    };
    const data = await npzImages({ ...options, file, hash: 'known' });
    expect(await levelsOf(data)).toEqual(imagesByFormula(4, shape));
    longest = 0;
    await data.read(Uint32Array.of(3, 1), new Float32Array(48));
    expect(longest).toBe(24);
    expect((await npzImages(options)).hash).toBe((await npyImages(files)).hash);
  });

  it('reads a stored array of 6 GB by rows, and no more than them', async () => {
    const n = 40_000;
    const size = 224 * 224 * 3;
    const gap = n * size;
    const head = npy(headOf('|u1', `(${n}, 224, 224, 3)`), []);
    const archive = zipOf(
      [
        { name: 'image.npy', data: head, gap },
        { name: 'label.npy', data: npy(headOf('|u1', `(${n},)`), new Uint8Array(n).fill(7)) },
      ],
      { large: true },
    );
    const start = 30 + 'image.npy'.length + head.length;
    let most = 0;
    const file: Bytes = {
      length: archive.length + gap,
      // Of a row, every byte is the row's number mod 251.
      async read(from, to) {
        most = Math.max(most, to - from);
        return Uint8Array.from({ length: to - from }, (_, i) => {
          const at = from + i;
          if (at < start) return archive[at];
          return at < start + gap ? Math.floor((at - start) / size) % 251 : archive[at - gap];
        });
      },
    };
    const data = await npzImages({ file, hash: 'known' });
    expect(data).toMatchObject({ examples: n, shape: [224, 224, 3] });
    most = 0;
    const rows = Uint32Array.of(39_999, 0, 30_000, 30_001);
    const x = new Float32Array(4 * size);
    await data.read(rows, x);
    expect([...rows.keys()].map((i) => Math.round(x[(i + 1) * size - 1] * 255))).toEqual(
      [...rows].map((row) => row % 251),
    );
    expect(most).toBe(2 * size);
  });

  it('is a set with a name: npz', async () => {
    const files = namedFiles({ 'some.npz': stored });
    const data = await npz({ files, name: 'some.npz', images: 'x', labels: 'y', to: 2 });
    expect(await levelsOf(data)).toEqual(imagesByFormula(2, shape));
    await expect(npz({ files, name: 'other.npz' })).rejects.toThrow('npz: there is no other.npz');
    await expect(npz({ files, name: 'some.npz' })).rejects.toThrow('npz: some.npz: there is no array "image"');
  });

  it.each<[string, Partial<NpzImagesOptions>, string]>([
    ['another name', { images: 'image' }, 'npzImages: there is no array "image" (there are: "x", "y")'],
    ['damaged images', { file: damaged }, 'npzImages: x: is damaged: it has another checksum'],
    [
      'too much that is compressed',
      { file: packed, images: 'image', most: 100 },
      '"image" is compressed, and its 224 bytes are more than 100: allow for more by `most`, or store it',
    ],
    ['no archive', { file: files.images }, 'npzImages: is no zip archive'],
    ['a name outside', { file: zipOf([{ name: '../x.npy' }]) }, 'npzImages: names a file outside its own folder'],
    ['an option', { image: 'x' } as never, 'npzImages: unknown option "image"; did you mean "images"?'],
  ])('refuses %s', async (_, change, message) => {
    await expect(npzImages({ ...options, ...change })).rejects.toThrow(message);
  });

  it('reads or refuses damaged archives', async () => {
    const entries = [
      { name: 'image.npy', data: files.images },
      { name: 'label.npy', data: files.labels, method: 8 },
    ];
    const archives = [golden('stored.npz'), golden('deflated.npz'), zipOf(entries), zipOf(entries, { large: true })];
    // Every other one without the checksum of what is stored.
    let turn = 0;
    const read = async (file: Uint8Array) => {
      const hash = turn++ % 2 === 0 ? {} : { hash: 'known' };
      await levelsOf(await npzImages({ file, ...hash }));
    };
    const { read: whole, refused, messages, growth } = await fuzz(read, archives);
    console.log(`npzImages: ${whole} read, ${refused} refused, ${messages.size} messages, ${growth} bytes at most`);
    expect(whole).toBeGreaterThan(0);
    expect(messages.size).toBeGreaterThan(15);
  }, 1_800_000);
});
