import type { Batches } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { fromArrays } from '../from-arrays';
import { take } from '../views/take';
import { corrupt } from './corrupt';
import { corrupted } from './corrupted';

const n = 10;
const size = 8 * 8 * 3;
const x = Uint8Array.from({ length: n * size }, (_, i) => (i * 31 + (i % 7) * 11) % 256);
const data = fromArrays({ x, shape: [n, 8, 8, 3], y: Int32Array.from({ length: n }, (_, i) => i % 3), classes: 3 });
const options = { corruption: 'gaussian_noise', severity: 3, seed: 4 } as const;
/** The same without `read`. */
const plain: Batches = { ...data, read: undefined, labels: undefined, batches: data.batches } as Batches;
const expected = Array.from({ length: n }, (_, index) => {
  const image = Float32Array.from(x.subarray(index * size, (index + 1) * size), (value) => value / 255);
  return corrupt(image, [8, 8, 3], { ...options, index });
});

describe.each<[string, Batches]>([
  ['a data set', data],
  ['batches', plain],
])('corrupted, of %s', (_, source) => {
  it.each([{ batchSize: 3 }, { batchSize: 10 }, { batchSize: 4, seed: 1 }, { batchSize: 1, seed: 9, epoch: 2 }])(
    'spoils each image by its number, whatever the batches (%o)',
    async (request) => {
      let seen = 0;
      for await (const batch of corrupted(source, options).batches(request)) {
        batch.index.forEach((index, i) => {
          expect(batch.x.subarray(i * size, (i + 1) * size)).toEqual(expected[index]);
          expect(batch.y[i]).toBe(index % 3);
          seen += 1;
        });
      }
      expect(seen).toBe(n);
    },
  );

  it('has a hash of its own for every option', () => {
    const hashes = [
      source.hash,
      corrupted(source, options).hash,
      corrupted(source, { ...options, severity: 4 }).hash,
      corrupted(source, { ...options, seed: 5 }).hash,
      corrupted(source, { ...options, corruption: 'fog' }).hash,
      corrupted(source, { ...options, quantised: false }).hash,
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(corrupted(source, { corruption: 'fog', severity: 1 }).hash).toBe(
      corrupted(source, { corruption: 'fog', severity: 1, seed: 0, quantised: true }).hash,
    );
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const batches = corrupted(source, options).batches({ batchSize: 4, signal: controller.signal });
    await expect(batches[Symbol.asyncIterator]().next()).rejects.toThrow('enough');
  });
});

describe('corrupted', () => {
  it('of a part has the numbers of the whole', async () => {
    const numbers = Float64Array.from({ length: n }, (_, i) => n - 1 - i);
    const turned = corrupted({ ...data, numbers }, options);
    const out = new Float32Array(size);
    await turned.read(Uint32Array.of(0), out);
    const image = Float32Array.from(x.subarray(0, size), (value) => value / 255);
    expect(out).toEqual(corrupt(image, [8, 8, 3], { ...options, index: n - 1 }));
    expect(take(turned, 2).labels).toEqual(data.labels.slice(0, 2));
  });

  it('refuses other bounds, channels and options', () => {
    const wide = fromArrays({
      x: new Float32Array(4),
      shape: [2, 1, 2, 1],
      y: new Int32Array(2),
      classes: 2,
      bounds: [-1, 1],
    });
    expect(() => corrupted(wide, options)).toThrow('corrupted: bounds of the data must be [0, 1], got [-1, 1]');
    const two = fromArrays({ x: new Float32Array(4), shape: [1, 1, 2, 2], y: new Int32Array(1), classes: 2 });
    expect(() => corrupted(two, options)).toThrow(
      'corrupted: an image must have shape [height, width, 1 or 3], got [1, 2, 2]',
    );
    expect(() => corrupted(data, { ...options, level: 1 } as never)).toThrow('corrupted: unknown option "level"');
  });
});
