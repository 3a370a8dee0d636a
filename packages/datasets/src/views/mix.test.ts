import type { Batch, Batches, BatchesOptions } from '@agoge/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromArrays } from '../from-arrays';
import { augmented } from './augment';
import { counting } from './counting.fixture';
import { mix, syntheticOffset } from './mix';
import { take } from './take';

async function collect(data: Batches, options: BatchesOptions): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of data.batches(options)) all.push(batch);
  return all;
}
const numbersOf = (all: Batch[]) => all.flatMap(({ index }) => [...index]);
const realOf = (all: Batch[]) => numbersOf(all).filter((each) => each < syntheticOffset);
const syntheticOf = (all: Batch[]) =>
  numbersOf(all)
    .filter((each) => each >= syntheticOffset)
    .map((each) => each - syntheticOffset);

describe('mix', () => {
  it('has the share in every batch, as PAF has 256 and 256', async () => {
    const data = mix(counting(40), counting(1000));
    expect(data.examples).toBe(80);
    for (const { extra, index } of await collect(data, { batchSize: 16, seed: 0 })) {
      expect(extra?.reduce((sum, each) => sum + each, 0)).toBe(8);
      index.forEach((each, i) => {
        expect(extra?.[i]).toBe(each >= syntheticOffset ? 1 : 0);
      });
    }
  });

  it('has, of other shares, one more or less; epochs use up one source', async () => {
    const cases = {
      fraction: fc.oneof(fc.constantFrom(0.1, 0.29, 0.3, 0.7, 1 / 3), fc.double({ min: 0.02, max: 0.98, noNaN: true })),
      real: fc.integer({ min: 2, max: 60 }),
      synthetic: fc.integer({ min: 2, max: 60 }),
      batchSize: fc.integer({ min: 1, max: 20 }),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(cases), async ({ fraction, real, synthetic, batchSize }) => {
        const data = mix(counting(real), counting(synthetic), { fraction });
        const all = await collect(data, { batchSize, seed: 1 });
        for (const { extra, shape } of all) {
          const share = extra?.reduce((sum, each) => sum + each, 0) ?? NaN;
          expect(Math.abs(share - shape[0] * fraction)).toBeLessThan(1 + 1e-6);
        }
        const [a, b] = [realOf(all), syntheticOf(all)];
        expect(a.length + b.length).toBe(data.examples);
        // One place more would need an example more of one of them than there is.
        expect(a.length === real || b.length === synthetic).toBe(true);
      }),
      { numRuns: 40, seed: 8 },
    );
  });

  it('counts tenths exactly', async () => {
    const data = mix(counting(300), counting(700), { fraction: 0.7 });
    expect(data.examples).toBe(1000);
    for (const { extra } of await collect(data, { batchSize: 10 })) {
      expect(extra?.reduce((sum, each) => sum + each, 0)).toBe(7);
    }
  });

  it('takes each source in its own order, the synthetic one by a seed of its own', async () => {
    const [real, synthetic] = [counting(30), counting(30)];
    const key = { batchSize: 7, seed: 4, epoch: 2 };
    const all = await collect(mix(real, synthetic), key);
    expect(realOf(all)).toEqual(numbersOf(await collect(real, key)));
    expect(syntheticOf(all)).not.toEqual(realOf(all));
    expect([...syntheticOf(all)].sort((a, b) => a - b)).toEqual(numbersOf(await collect(synthetic, { batchSize: 7 })));
    const short = await collect(mix(real, synthetic, { examples: 10 }), key);
    expect(numbersOf(short)).toEqual(numbersOf(all).slice(0, 10));
  });

  it('leaves synthetic images as they are where real ones are augmented, by their own numbers', async () => {
    const images = (n: number, level: number) =>
      fromArrays({ x: new Float32Array(n).fill(level), shape: [n, 1, 1, 1], y: new Int32Array(n), classes: 2 });
    const key = { batchSize: 4, seed: 4, epoch: 2 };
    const seen: number[] = [];
    const data = augmented(images(10, 0.5), (batch, { seed, epoch }) => {
      expect([seed, epoch]).toEqual([4, 2]);
      seen.push(...batch.index);
      return { ...batch, x: batch.x.map((pixel, i) => pixel + batch.index[i] / 100) };
    });
    for (const { x, index, extra } of await collect(mix(data, images(10, 0.25)), key)) {
      index.forEach((each, i) => {
        expect(x[i]).toBeCloseTo(extra?.[i] ? 0.25 : 0.5 + each / 100, 6);
      });
    }
    expect(seen.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('makes targets one-hot where the other source has soft ones', async () => {
    const y = Int32Array.of(1, 0, 1, 0);
    const shape = [4, 1, 1, 1] as const;
    const hard = fromArrays({ x: new Uint8Array(4), shape, y, classes: 2 });
    const soft = fromArrays({ x: new Uint8Array(4), shape, y, classes: 2, target: new Float32Array(8).fill(0.5) });
    for (const { target, extra, y: labels } of await collect(mix(hard, soft), { batchSize: 4, seed: 1 })) {
      const expected = [...labels].flatMap((label, i) => (extra?.[i] ? [0.5, 0.5] : [1 - label, label]));
      expect([...(target ?? [])]).toEqual(expected);
    }
  });

  it('ends both sources where the caller leaves or one fails', async () => {
    let open = 0;
    const watched = (data: Batches, fails = Infinity): Batches => ({
      ...data,
      async *batches(options) {
        open++;
        let before = 0;
        try {
          for await (const batch of data.batches(options)) {
            if (before++ === fails) throw new Error('broken');
            yield batch;
          }
        } finally {
          open--;
        }
      },
    });
    for await (const _ of mix(watched(counting(9)), watched(counting(9))).batches({ batchSize: 4 })) break;
    expect(open).toBe(0);
    await expect(collect(mix(watched(counting(9)), watched(counting(9), 1)), { batchSize: 4 })).rejects.toThrow(
      'broken',
    );
    expect(open).toBe(0);
  });

  it('refuses what does not fit', async () => {
    const real = counting(10);
    expect(() => mix(real, real, { fraction: 1 })).toThrow('mix: fraction must be a finite number > 0 and < 1, got 1');
    expect(() => mix(real, real, { examples: 21 })).toThrow(
      'mix: examples must be from 1 to 20, what 10 real and 10 synthetic ones give without repetition, got 21',
    );
    expect(() => mix(real, take(real, 1), { fraction: 0.001, examples: 30 })).toThrow('from 1 to 10, what');
    expect(() => mix(real, { ...real, shape: [2, 2, 1] })).toThrow(
      'mix: synthetic must have shape [n, 2, 1, 1], as real, got [10, 2, 2, 1]',
    );
    expect(() => mix(real, { ...real, classes: 4 })).toThrow("mix: classes of synthetic must be real's 3, got 4");
    expect(() => mix(real, { ...real, bounds: [-1, 1] })).toThrow(
      "mix: bounds of synthetic must be real's [0, 1], got [-1, 1]",
    );
    await expect(collect(mix(mix(real, real), real), { batchSize: 3 })).rejects.toThrow(
      `mix: numbers of real must be below ${syntheticOffset}, got`,
    );
  });
});
