import { type Batch, type Batches, type BatchesOptions, permutation } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { augmented } from './augment';
import { digits } from './digits';
import { fromArrays } from './from-arrays';
import { randomFlip } from './random-flip';
import { take } from './take';

/** Images of 2 x 1 x 1 pixels that show their own number: an implementation of the contract that shares no code with ours. */
const counting: Batches = {
  examples: 11,
  classes: 3,
  bounds: [0, 1],
  shape: [2, 1, 1],
  hash: 'counting to 11',
  async *batches({ batchSize, seed, epoch = 0, from = 0, signal }) {
    if (!(batchSize >= 1)) throw new RangeError(`counting: batchSize must be >= 1, got ${batchSize}`);
    if (from > 11) throw new RangeError(`counting: from must be <= 11, got ${from}`);
    const natural = Array.from({ length: 11 }, (_, i) => i);
    const order =
      seed === undefined ? natural : [...permutation({ seed, index: epoch, stream: 'counting' }, 11)].map(Number);
    const rest = order.slice(from);
    while (rest.length > 0) {
      signal?.throwIfAborted();
      const index = Float64Array.from(rest.splice(0, batchSize));
      yield {
        x: Float32Array.from([...index].flatMap((each) => [each / 11, 1])),
        shape: [index.length, 2, 1, 1],
        y: Int32Array.from(index, (each) => each % 3),
        index,
      };
    }
  },
};

const arrays = fromArrays({
  x: Float32Array.from({ length: 13 * 12 }, (_, i) => -1 + i / 78),
  shape: [13, 3, 2, 2],
  y: Int32Array.from({ length: 13 }, (_, i) => i % 4),
  classes: 4,
  bounds: [-1, 1],
});

async function collect(data: Batches, options: BatchesOptions): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of data.batches(options)) all.push(batch);
  return all;
}

/** Image, label and number of each example, in the order they came. */
function examplesOf(all: Batch[]): string[] {
  return all.flatMap((batch) => {
    const size = batch.x.length / batch.shape[0];
    return [...batch.index].map((index, i) => `${index} ${batch.y[i]} ${batch.x.slice(i * size, (i + 1) * size)}`);
  });
}

const shuffled = { batchSize: 4, seed: 3, epoch: 1 };

describe.each<[string, Batches]>([
  ['an implementation of its own', counting],
  ['fromArrays', arrays],
  ['digits', digits({ split: 'test' })],
  ['take', take(arrays, 7)],
  ['take of another implementation', take(counting, 5)],
  ['augmented', augmented(arrays, randomFlip())],
])('Batches: %s', (_, data) => {
  it('has batches of the shape it says, the last one short', async () => {
    const all = await collect(data, { batchSize: 4 });
    expect(all.map((batch) => batch.shape[0]).reduce((sum, n) => sum + n, 0)).toBe(data.examples);
    all.forEach((batch, i) => {
      const n = Math.min(4, data.examples - 4 * i);
      expect(batch.shape).toEqual([n, ...data.shape]);
      expect(batch.x).toBeInstanceOf(Float32Array);
      expect(batch.x).toHaveLength(n * data.shape.reduce((product, each) => product * each, 1));
      expect([batch.y.length, batch.index.length]).toEqual([n, n]);
      expect(batch.x.every((pixel) => pixel >= data.bounds[0] && pixel <= data.bounds[1])).toBe(true);
      expect(batch.y.every((label) => label >= 0 && label < data.classes)).toBe(true);
    });
  });

  it('comes in absolute order without a seed', async () => {
    const numbers = (await collect(data, { batchSize: 4, epoch: 2 })).flatMap((batch) => [...batch.index]);
    expect(numbers).toEqual(Array.from({ length: data.examples }, (_, i) => i));
  });

  it('has each example once an epoch, in an order of its own', async () => {
    const numbers = async (options: BatchesOptions) =>
      (await collect(data, options)).flatMap((each) => [...each.index]);
    const order = await numbers(shuffled);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: data.examples }, (_, i) => i));
    expect(await numbers({ ...shuffled, epoch: 2 })).not.toEqual(order);
    expect(await numbers({ ...shuffled, seed: 4 })).not.toEqual(order);
  });

  it('gives an example the same label whatever the order', async () => {
    const labels = async (options: BatchesOptions) => {
      const all = await collect(data, options);
      return new Map(all.flatMap((batch) => [...batch.index].map((index, i) => [index, batch.y[i]])));
    };
    const natural = await labels({ batchSize: 3 });
    for (const [index, label] of await labels(shuffled)) expect(natural.get(index)).toBe(label);
  });

  it('does not depend on the batch size', async () => {
    const expected = examplesOf(await collect(data, shuffled));
    for (const batchSize of [1, 3, 5, 1000]) {
      expect(examplesOf(await collect(data, { ...shuffled, batchSize }))).toEqual(expected);
    }
  });

  it('resumes an epoch where `from` says', async () => {
    for (const options of [shuffled, { batchSize: 4 }]) {
      const expected = examplesOf(await collect(data, options));
      for (const from of [0, 1, 4, data.examples - 1, data.examples]) {
        expect(examplesOf(await collect(data, { ...options, from }))).toEqual(expected.slice(from));
      }
    }
  });

  it('stops when aborted', async () => {
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
  });

  it('refuses a batch size of 0 and a place beyond the end', async () => {
    await expect(collect(data, { batchSize: 0 })).rejects.toThrow(/batchSize must be .*>= 1, got 0/);
    const from = data.examples + 1;
    await expect(collect(data, { batchSize: 1, from })).rejects.toThrow(`<= ${data.examples}, got ${from}`);
  });

  it('has a hash', () => {
    expect(data.hash).toMatch(/./);
  });
});

describe('take', () => {
  it('names the data and how much of it was taken', () => {
    const hashes = [arrays, take(arrays, 7), take(arrays, 8), take(counting, 7)].map((data) => data.hash);
    expect(new Set(hashes).size).toBe(4);
    expect(take(arrays, 7).hash).toBe(hashes[1]);
  });

  it('shuffles as the data does, less what is not taken', async () => {
    const numbers = async (data: Batches) => (await collect(data, shuffled)).flatMap((each) => [...each.index]);
    expect(await numbers(take(arrays, 7))).toEqual((await numbers(arrays)).filter((index) => index < 7));
  });

  it('keeps soft targets and marks of extra data', async () => {
    const marked: Batches = {
      ...counting,
      async *batches(options) {
        for await (const batch of counting.batches(options)) {
          const target = Float32Array.from([...batch.index].flatMap((each) => [each, 0, -each]));
          yield { ...batch, target, extra: Uint8Array.from(batch.index) };
        }
      },
    };
    for (const batch of await collect(take(marked, 8), { batchSize: 3, seed: 1 })) {
      expect([...(batch.extra ?? [])]).toEqual([...batch.index]);
      expect([...(batch.target ?? [])]).toEqual([...batch.index].flatMap((each) => [each, 0, -each]));
    }
  });

  it.each([0, 14, 1.5, NaN])('refuses to take %s of 13', (n) => {
    expect(() => take(arrays, n)).toThrow(`take: n must be an integer >= 1 and <= 13, got ${n}`);
  });
});
