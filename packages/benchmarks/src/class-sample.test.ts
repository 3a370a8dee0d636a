import { expect, it } from 'vitest';
import { classSample } from './class-sample';

const n = 60;
const labels = Int32Array.from({ length: n }, (_, i) => i % 3);

/** Image `i` has the pixels `i` and `-i`. */
function drawn(batchSize: number, each: number, seed: number) {
  const sample = classSample(4, each, seed);
  for (let at = 0; at < n; at += batchSize) {
    const index = Float64Array.from({ length: Math.min(batchSize, n - at) }, (_, i) => at + i);
    const x = Float32Array.from({ length: 2 * index.length }, (_, i) => (i % 2 ? -1 : 1) * index[i >> 1]);
    sample.add({ x, y: labels.subarray(at, at + batchSize), index });
    // The arrays are the caller's, who may write over them.
    x.fill(NaN);
  }
  return sample.images;
}

it('keeps so many of a class, with their pixels, whatever the batch size', () => {
  const images = drawn(n, 5, 0);
  expect(images.map((some) => some.length)).toEqual([5, 5, 5, 0]);
  images.forEach((some, label) => {
    const numbers = some.map(({ index }) => index);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    for (const { index, x } of some) {
      expect(index % 3).toBe(label);
      expect([...x]).toEqual([index, -index]);
    }
  });
  expect(drawn(7, 5, 0)).toEqual(images);
  expect(drawn(1, 5, 0)).toEqual(images);
});

it('keeps all of a class that has fewer', () => {
  expect(drawn(16, 100, 0)[1].map(({ index }) => index)).toEqual([...labels.keys()].filter((i) => i % 3 === 1));
});

it('draws every example as often as any other', () => {
  const seeds = 2000;
  const times = new Array<number>(n).fill(0);
  for (let seed = 0; seed < seeds; seed++) for (const { index } of drawn(n, 5, seed).flat()) times[index]++;
  // A quarter of 2000, within five standard deviations.
  const bound = 5 * Math.sqrt(seeds * 0.25 * 0.75);
  for (const each of times) expect(Math.abs(each - seeds / 4)).toBeLessThan(bound);
});
