import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fuzz } from '../bytes/mutations.fixture';
import { type IdxImagesOptions, idxImages } from './idx-images';

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  const sizes = shape.flatMap((size) => [24, 16, 8, 0].map((shift) => (size >>> shift) & 255));
  return Uint8Array.from([0, 0, 8, shape.length, ...sizes, ...Array.from(data)]);
}

// Two letters, 3 high and 2 wide, as one would write them.
const letters = [
  [1, 2, 3, 4, 5, 6],
  [10, 20, 30, 40, 50, 60],
];
const byColumns = letters.flatMap(([a, b, c, d, e, f]) => [a, c, e, b, d, f]);
const files = { images: idx([2, 3, 2], letters.flat()), labels: idx([2], [1, 3]) };

async function pixelsOf(options: IdxImagesOptions): Promise<number[]> {
  const data = await idxImages(options);
  const x = new Float32Array(data.examples * data.shape[0] * data.shape[1]);
  await data.read(
    Uint32Array.from({ length: data.examples }, (_, i) => i),
    x,
  );
  return [...x].map((value) => Math.round(value * 255));
}

describe('idxImages', () => {
  it('reads images by row or by column', async () => {
    expect(await pixelsOf(files)).toEqual(letters.flat());
    const images = idx([2, 3, 2], byColumns);
    expect(await pixelsOf({ ...files, images, order: 'columns' })).toEqual(letters.flat());
    const other = await idxImages({ ...files, images, order: 'columns' });
    expect(other.hash).toBe((await idxImages(files)).hash);
  });

  it('counts labels from where they start', async () => {
    expect([...(await idxImages(files)).labels]).toEqual([1, 3]);
    const data = await idxImages({ ...files, classes: 3, firstLabel: 1 });
    expect(data).toMatchObject({ classes: 3, labels: Int32Array.of(0, 2) });
    await expect(idxImages({ ...files, classes: 2, firstLabel: 1 })).rejects.toThrow(
      'idxImages: labels: the label of example 1 must be from 1 to 2, got 3',
    );
  });

  it('reads packed files and blobs alike', async () => {
    const images = new Blob([gzipSync(files.images)]);
    expect(await pixelsOf({ ...files, images })).toEqual(letters.flat());
  });

  it.each<[string, Partial<IdxImagesOptions>, string]>([
    [
      'no images',
      { images: idx([0, 3, 2], []), labels: idx([0], []) },
      'there are no pixels in images of 0 x 3 x 2 x 1',
    ],
    ['a path', { images: 'images.gz' as never }, 'idxImages: images must be bytes: a Uint8Array'],
    ['an order', { order: 'column' as never }, 'idxImages: order must be one of "rows", "columns", got "column"'],
    ['an option', { transpose: true } as never, 'idxImages: unknown option "transpose"'],
  ])('refuses %s', async (_, change, message) => {
    await expect(idxImages({ ...files, ...change })).rejects.toThrow(message);
  });

  it('reads or refuses damaged files', async () => {
    const packed = [files.images, gzipSync(files.images), gzipSync(idx([60, 8, 8], new Uint8Array(3840).fill(7)))];
    const { read, refused, messages, growth } = await fuzz((images) => pixelsOf({ ...files, images }), packed);
    console.log(`idx: ${read} read, ${refused} refused, ${messages.size} messages, ${growth} bytes at most`);
    expect(read).toBeGreaterThan(0);
    expect(messages.size).toBeGreaterThan(6);
  }, 600_000);
});
