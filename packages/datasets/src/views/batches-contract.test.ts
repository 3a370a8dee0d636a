import type { Batch, Batches, BatchesOptions } from '@agoge/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { cutMix } from '../augmentations/cut-mix';
import { mixUp } from '../augmentations/mix-up';
import { randomCrop } from '../augmentations/random-crop';
import { randomFlip } from '../augmentations/random-flip';
import { hashOf } from '../bytes/hash-of';
import { corrupted } from '../corruptions/corrupted';
import type { Dataset } from '../dataset';
import { fromArrays } from '../from-arrays';
import { datasets } from '../registry';
import { augmented } from './augment';
import { counting } from './counting.fixture';
import { inMemory } from './in-memory';
import { mix } from './mix';
import { ofClasses } from './of-classes';
import { prefetched } from './prefetched';
import { registered, registeredSets } from './registered.fixture';
import { shard } from './shard';
import { split } from './split';
import { skip, take } from './take';
import { wholeBatches } from './whole-batches';

const arrays = (n = 13) =>
  fromArrays({
    x: Float32Array.from({ length: n * 12 }, (_, i) => -1 + i / (6 * n)),
    shape: [n, 3, 2, 2],
    y: Int32Array.from({ length: n }, (_, i) => i % 4),
    classes: 4,
    bounds: [-1, 1],
  });
const soft = () =>
  fromArrays({
    x: Uint8Array.from({ length: 9 * 4 }, (_, i) => 7 * i),
    shape: [9, 2, 2, 1],
    y: Int32Array.from({ length: 9 }, (_, i) => i % 2),
    classes: 2,
    target: Float32Array.from({ length: 18 }, (_, i) => (i % 4 === 0 || i % 4 === 3 ? 0.75 : 0.25)),
  });
const positive = () =>
  fromArrays({
    x: Uint8Array.from({ length: 11 * 48 }, (_, i) => 5 * i),
    shape: [11, 4, 4, 3],
    y: Int32Array.from({ length: 11 }, (_, i) => i % 3),
    classes: 3,
  });

type Row = [name: string, make: () => Batches | Promise<Batches>];
const rows: Row[] = [
  ...registeredSets,
  ['an implementation of its own', () => counting(11)],
  ['fromArrays', () => arrays()],
  ['fromArrays, soft', soft],
  ['inMemory', () => inMemory(counting(12), { batchSize: 5 })],
  ['inMemory, soft', () => inMemory(take(soft(), 8))],
  ['take', () => take(arrays(), 7)],
  ['skip', () => skip(arrays(), 4)],
  ['a part of a part', () => skip(take(arrays(), 11), 2)],
  ['shard', () => shard(arrays(), { number: 2, count: 3, batchSize: 2 })],
  ['split', () => split(arrays(), { fractions: [0.4, 0.6], seed: 1 })[1]],
  ['split by chance alone', () => split(arrays(), { counts: [8], stratify: 'none', seed: 1 })[0]],
  ['ofClasses', () => ofClasses(arrays(), [0, 2])],
  ['take of other batches', () => take(counting(11), 5)],
  ['skip of other batches', () => skip(counting(11), 3)],
  ['shard of other batches', () => shard(counting(11), { number: 2, count: 2, batchSize: 3 })],
  ['split of other batches', () => split(counting(11), { counts: [6] })[1]],
  ['a part of a part of other batches', () => take(skip(counting(11), 3), 6)],
  ['augmented', () => augmented(arrays(12), randomFlip())],
  ['a part of augmented', () => skip(augmented(arrays(), randomCrop({ padding: 1 })), 5)],
  ['cutMix', () => cutMix(arrays())],
  ['cutMix of soft labels', () => cutMix(soft(), { augment: randomFlip() })],
  ['mixUp', () => mixUp(arrays())],
  ['corrupted', () => corrupted(positive(), { corruption: 'gaussian_noise', severity: 3 })],
  ['a part of corrupted', () => skip(corrupted(positive(), { corruption: 'contrast', severity: 5, seed: 2 }), 4)],
  ['wholeBatches', () => wholeBatches(arrays(), 5)],
  ['mix', () => mix(augmented(arrays(), randomFlip()), arrays(20), { fraction: 0.7 })],
  ['mix of other batches, short', () => mix(counting(9), counting(10), { examples: 12 })],
  ['prefetched', () => prefetched(take(arrays(), 10), { depth: 3 })],
  ['prefetched of other batches', () => prefetched(counting(8))],
];
/** Their epochs are not all of the same examples, and not in ascending order. */
const isFree = (name: string) => name.startsWith('mix') || name === 'wholeBatches';

async function collect(data: Batches, options: BatchesOptions): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of data.batches(options)) all.push(batch);
  return all;
}

const sizeOf = (data: Batches) => data.shape.reduce((product, each) => product * each, 1);
/** All that is known of each example, in the order they came. */
function examplesOf(data: Batches, all: Batch[]): string[] {
  const part = (values: Float32Array | undefined, i: number, width: number) => {
    const own = values?.slice(i * width, (i + 1) * width);
    return own && own.length > 64 ? hashOf(new Uint8Array(own.buffer)) : own?.join();
  };
  return all.flatMap(({ index, x, y, target, extra }) =>
    Array.from(index, (number, i) =>
      [number, y[i], part(x, i, sizeOf(data)), part(target, i, data.classes), extra?.[i]].join(';'),
    ),
  );
}
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const shuffled = { batchSize: 4, seed: 3, epoch: 1 };

it('has a row for every registered data set: see registered.fixture.ts', () => {
  expect(Object.keys(datasets).filter((name) => !(name in registered))).toEqual([]);
});

it('tells all of these data apart by their hashes, the same each time', async () => {
  const hashes = async () => Promise.all(rows.map(async ([, make]) => (await make()).hash));
  const all = await hashes();
  expect(await hashes()).toEqual(all);
  // Memory, augmentation, mixed images and reading ahead leave the data what they are.
  const data = all.filter((_, i) => !/^(inMemory|augmented|cutMix|mixUp|prefetched)/.test(rows[i][0]));
  expect(new Set(data).size).toBe(data.length);
});

describe.each(rows)('Batches: %s', (name, make) => {
  let data: Batches;
  beforeAll(async () => {
    data = await make();
  });
  const numbers = async (options: BatchesOptions) => (await collect(data, options)).flatMap((each) => [...each.index]);
  const examples = async (options: BatchesOptions) => examplesOf(data, await collect(data, options));

  it('has batches of the shape it says, only the last one short, and of pixels and labels within range', async () => {
    for (const options of [{ batchSize: 4 }, shuffled]) {
      const all = await collect(data, options);
      expect(all).toHaveLength(Math.ceil(data.examples / 4));
      all.forEach(({ shape, x, y, index, target, extra }, i) => {
        const n = Math.min(4, data.examples - 4 * i);
        expect(shape).toEqual([n, ...data.shape]);
        expect(x).toBeInstanceOf(Float32Array);
        expect(y).toBeInstanceOf(Int32Array);
        expect(index).toBeInstanceOf(Float64Array);
        expect([x.length, y.length, index.length]).toEqual([n * sizeOf(data), n, n]);
        expect(x.every((pixel) => pixel >= data.bounds[0] && pixel <= data.bounds[1])).toBe(true);
        expect(y.every((label) => label >= 0 && label < data.classes)).toBe(true);
        expect(target?.length ?? n * data.classes).toBe(n * data.classes);
        expect(extra?.length ?? n).toBe(n);
        expect(extra?.every((each) => each <= 1) ?? true).toBe(true);
      });
    }
  });

  it('numbers each example once an epoch', async () => {
    for (const options of [{ batchSize: 3 }, shuffled, { ...shuffled, epoch: 2 }]) {
      const all = await numbers(options);
      expect(all).toHaveLength(data.examples);
      expect(new Set(all).size).toBe(data.examples);
      expect(all.every((each) => Number.isSafeInteger(each) && each >= 0)).toBe(true);
    }
  });

  it('comes in absolute order without a seed, whatever the epoch', async () => {
    const natural = await numbers({ batchSize: 4 });
    expect(await numbers({ batchSize: 4, epoch: 2 })).toEqual(natural);
    if (!name.startsWith('mix')) expect(ascending(natural)).toEqual(natural);
  });

  it('has an order of its own for each seed and epoch, the same each time', async () => {
    const order = await numbers(shuffled);
    if (!isFree(name)) expect(ascending(order)).toEqual(await numbers({ batchSize: 4 }));
    expect(await numbers(shuffled)).toEqual(order);
    const keys = Array.from({ length: 8 }, (_, i) => i);
    const epochs = await Promise.all(keys.map((epoch) => numbers({ ...shuffled, epoch })));
    const seeds = await Promise.all(keys.map((seed) => numbers({ ...shuffled, seed })));
    for (const orders of [epochs, seeds]) expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });

  it('gives an example the same label whatever the order, or that of the larger share where images are mixed', async () => {
    const natural = new Map(
      (await collect(data, { batchSize: 3 })).flatMap(({ index, y }) => [...index].map((number, i) => [number, y[i]])),
    );
    for (const { index, y, target } of await collect(data, shuffled)) {
      index.forEach((number, i) => {
        const label = natural.get(number) ?? y[i];
        if (!/^(cutMix|mixUp)/.test(name)) expect(y[i]).toBe(label);
        else expect(target?.[i * data.classes + y[i]]).toBeGreaterThanOrEqual(target?.[i * data.classes + label] ?? 1);
      });
    }
  });

  it('is the same for all batch sizes, and goes on where `from` says', async () => {
    const orders = [{ seed: 3, epoch: 1 }, {}];
    const whole = await Promise.all(orders.map((order) => examples({ ...order, batchSize: 4 })));
    const few = {
      batchSize: fc.integer({ min: 1, max: 2 * data.examples }),
      from: fc.integer({ min: 0, max: data.examples }),
      which: fc.constantFrom(0, 1),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(few), async ({ batchSize, from, which }) => {
        expect(await examples({ ...orders[which], batchSize, from })).toEqual(whole[which].slice(from));
      }),
      {
        numRuns: 12,
        seed: 8,
        examples: [[{ batchSize: 1, from: 0, which: 0 }], [{ batchSize: 3, from: data.examples, which: 1 }]],
      },
    );
  });

  it("gives arrays that are the caller's", async () => {
    const expected = await examples(shuffled);
    const all: Batch[] = [];
    for await (const batch of data.batches(shuffled)) {
      all.push({ ...batch, x: batch.x.slice(), y: batch.y.slice(), index: batch.index.slice() });
      batch.x.fill(9);
      batch.y.fill(9);
      batch.index.fill(9);
      batch.target?.fill(9);
    }
    expect(examplesOf(data, all).map((each) => each.split(';').slice(0, 3))).toEqual(
      expected.map((each) => each.split(';').slice(0, 3)),
    );
    expect(await examples(shuffled)).toEqual(expected);
  });

  it.each([1, 3])('is the same for callers that hold %i at a time', async (holds) => {
    const expected = await examples(shuffled);
    const held: Batch[] = [];
    const seen: string[] = [];
    for await (const batch of data.batches({ ...shuffled, holds })) {
      held.push(batch);
      if (held.length > holds) held.shift();
      expect(examplesOf(data, held)).toEqual(
        expected.slice(0, seen.length + batch.shape[0]).slice(-held.reduce((n, each) => n + each.shape[0], 0)),
      );
      seen.push(...examplesOf(data, [batch]));
    }
    expect(seen).toEqual(expected);
  });

  it('stops when aborted, before or between batches', async () => {
    const controller = new AbortController();
    let seen = 0;
    const run = async () => {
      for await (const _ of data.batches({ batchSize: 2, signal: controller.signal })) {
        seen += 1;
        controller.abort(new Error('enough'));
      }
    };
    await expect(run()).rejects.toThrow('enough');
    expect(seen).toBe(1);
    await expect(run()).rejects.toThrow('enough');
    expect(seen).toBe(1);
  });

  it('can be left in the middle, and read by two at once', async () => {
    const expected = await examples(shuffled);
    for await (const batch of data.batches(shuffled)) {
      expect(examplesOf(data, [batch])).toEqual(expected.slice(0, batch.shape[0]));
      break;
    }
    const [a, b] = await Promise.all([examples(shuffled), examples({ ...shuffled, batchSize: 3 })]);
    expect([a, b]).toEqual([expected, expected]);
  });

  it('refuses a batch size of 0 and a place beyond the end', async () => {
    const taken = async (options: BatchesOptions) => collect(data, options);
    await expect(taken({ batchSize: 0 })).rejects.toThrow(/batchSize must be .*>= 1, got 0/);
    const from = data.examples + 1;
    await expect(taken({ batchSize: 1, from })).rejects.toThrow(`<= ${data.examples}, got ${from}`);
    if (/other batches|of its own/.test(name)) return;
    await expect(taken({ batchSize: 1, shuffle: true } as never)).rejects.toThrow('unknown option "shuffle"');
    await expect(taken({ batchSize: 1, holds: 0 })).rejects.toThrow('holds must be an integer >= 1, got 0');
  });
});

it('a part of other batches says so where its examples do not come', async () => {
  const part = take(mix(counting(9), counting(9), { examples: 10 }) as Dataset, 5);
  expect(await collect(part, { batchSize: 5 })).toHaveLength(1);
  await expect(collect(part, shuffled)).rejects.toThrow(/of 5 examples did not come; parts are to be taken before/);
});
