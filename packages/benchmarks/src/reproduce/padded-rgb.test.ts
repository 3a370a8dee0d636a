import { fromArrays, take } from '@agoge/datasets';
import { expect, it } from 'vitest';
import { paddedRgb } from './padded-rgb';

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of items) found.push(each);
  return found;
}

const grey = (size: number) =>
  fromArrays({
    x: Float32Array.from({ length: 3 * size * size }, (_, i) => ((i * 7) % 97) / 100 + 0.01),
    shape: [3, size, size, 1],
    y: Int32Array.from([2, 0, 1]),
    classes: 3,
  });

it('puts each pixel two rows and columns further, three times, among zeros', async () => {
  const source = grey(28);
  const data = paddedRgb(source);
  expect([data.shape, data.examples, [...data.labels], data.classes]).toEqual([[32, 32, 3], 3, [2, 0, 1], 3]);
  expect(data.hash).not.toBe(source.hash);
  const [batch] = await allOf(take(data, 2).batches({ batchSize: 2 }));
  const [small] = await allOf(source.batches({ batchSize: 2 }));
  let inside = 0;
  for (let image = 0; image < 2; image++) {
    for (let row = 0; row < 28; row++) {
      for (let column = 0; column < 28; column++) {
        const at = ((image * 32 + row + 2) * 32 + column + 2) * 3;
        const pixel = small.x[(image * 28 + row) * 28 + column];
        expect([...batch.x.subarray(at, at + 3)]).toEqual([pixel, pixel, pixel]);
        inside += 3;
      }
    }
  }
  expect(batch.x.filter((each) => each !== 0).length).toBe(inside);
});

it('refuses images that do not fit', () => {
  expect(() => paddedRgb(grey(40))).toThrow('paddedRgb: data must be of images up to 32 x 32 x 1, got [40, 40, 1]');
});
