import type { Batch, Batches, BatchesOptions } from '@agoge/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFlip } from '../augmentations/random-flip';
import { hashOf } from '../bytes/hash-of';
import { type Dataset, dataset } from '../dataset';
import { fromArrays } from '../from-arrays';
import { augmented } from './augment';
import { counting } from './counting.fixture';
import { ofClasses } from './of-classes';
import { shard, shardRange } from './shard';
import { split } from './split';
import { skip, take } from './take';

/** Images of one pixel, of given labels, and which rows of them were read. */
function watched(labels: number[], classes = 4): { data: Dataset; read: number[] } {
  const read: number[] = [];
  const source = dataset({
    shape: [1, 1, 1],
    classes,
    bounds: [0, 1000],
    labels: Int32Array.from(labels),
    extra: Uint8Array.from(labels, (_, row) => row % 2),
    targets: Float32Array.from({ length: labels.length * classes }, (_, i) => i),
    hash: `watched ${labels}`,
    read(rows, out) {
      read.push(...rows);
      out.set(rows);
    },
  });
  return { data: source, read };
}
const thirteen = () => watched(Array.from({ length: 13 }, (_, i) => i % 4));

async function collect(data: Batches, options: BatchesOptions): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of data.batches(options)) all.push(batch);
  return all;
}
const numbersOf = async (data: Batches, options: BatchesOptions = { batchSize: 4 }) =>
  (await collect(data, options)).flatMap(({ index }) => [...index]);

describe('parts of a Dataset', () => {
  it('have its numbers, labels, marks, targets and images, and read nothing else', async () => {
    const { data, read } = thirteen();
    const part = skip(take(data, 10), 3);
    for (const options of [{ batchSize: 3 }, { batchSize: 3, seed: 1 }]) {
      read.length = 0;
      for (const { x, y, index, extra, target } of await collect(part, options)) {
        expect([...x]).toEqual([...index]);
        expect([...y]).toEqual([...index].map((each) => each % 4));
        expect([...(extra ?? [])]).toEqual([...index].map((each) => each % 2));
        expect([...(target ?? [])]).toEqual([...index].flatMap((each) => [0, 1, 2, 3].map((k) => 4 * each + k)));
      }
      expect([...read].sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    }
    expect([...part.labels]).toEqual([3, 0, 1, 2, 3, 0, 1]);
    expect([...(part.numbers ?? [])]).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  it('have the hash of the data and of what part they are', () => {
    const { data } = thirteen();
    expect(take(data, 7).hash).toBe(hashOf(`${data.hash} take 7`));
    expect(skip(data, 7).hash).toBe(hashOf(`${data.hash} skip 7`));
    expect(shard(data, { number: 1, count: 2, batchSize: 3 }).hash).toBe(
      hashOf(`${data.hash} shard 1/2 of blocks of 3`),
    );
    const [first, second] = split(data, { counts: [6] });
    const options = '"counts":[6],"part":0,"seed":0,"stratify":"label"';
    expect(first.hash).toBe(hashOf(`${data.hash} split {${options}}`));
    expect(second.hash).not.toBe(first.hash);
    expect(ofClasses(data, [3, 1, 3]).hash).toBe(hashOf(`${data.hash} classes 1,3`));
  });
});

describe('parts of other Batches', () => {
  /** Counts to 20, and which numbers were asked for. */
  function asked(): { data: Batches; seen: number[] } {
    const seen: number[] = [];
    const all = counting(20);
    return {
      seen,
      data: {
        ...all,
        async *batches(options) {
          for await (const batch of all.batches(options)) {
            seen.push(...batch.index);
            yield {
              ...batch,
              target: Float32Array.from([...batch.index].flatMap((each) => [each, 0, -each])),
              extra: Uint8Array.from(batch.index),
            };
          }
        },
      },
    };
  }

  it('read from their first example to the batch of their last, without a seed', async () => {
    const { data, seen } = asked();
    expect(await numbersOf(take(skip(data, 6), 5))).toEqual([6, 7, 8, 9, 10]);
    expect(seen).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
    seen.length = 0;
    expect(await numbersOf(take(data, 9), { batchSize: 4, from: 5 })).toEqual([5, 6, 7, 8]);
    expect(seen).toEqual([5, 6, 7, 8]);
  });

  it('shuffle as the data do, less the others', async () => {
    const { data } = asked();
    const shuffled = { batchSize: 3, seed: 2, epoch: 1 };
    const all = await numbersOf(data, shuffled);
    expect(await numbersOf(take(data, 7), shuffled)).toEqual(all.filter((each) => each < 7));
    expect(await numbersOf(skip(data, 7), shuffled)).toEqual(all.filter((each) => each >= 7));
  });

  it('keep soft targets and marks of extra data', async () => {
    for (const batch of await collect(skip(asked().data, 8), { batchSize: 3, seed: 1 })) {
      expect([...(batch.extra ?? [])]).toEqual([...batch.index]);
      expect([...(batch.target ?? [])]).toEqual([...batch.index].flatMap((each) => [each, 0, -each]));
    }
  });

  it('end the reading where the caller leaves', async () => {
    let ended = 0;
    const all = counting(20);
    const data: Batches = {
      ...all,
      async *batches(options) {
        try {
          yield* all.batches(options);
        } finally {
          ended++;
        }
      },
    };
    for await (const _ of take(data, 10).batches({ batchSize: 2, seed: 1 })) break;
    for await (const _ of take(data, 10).batches({ batchSize: 2 }));
    expect(ended).toBe(2);
  });
});

describe('take and skip', () => {
  it.each([0, 14, 1.5, NaN])('refuse to take %s of 13', (n) => {
    expect(() => take(thirteen().data, n)).toThrow(`take: n must be an integer >= 1 and <= 13, got ${n}`);
  });
  it('refuse to skip all', () => {
    expect(() => skip(thirteen().data, 13)).toThrow('skip: n must be an integer >= 0 and <= 12, got 13');
  });
});

describe('shard', () => {
  it('parts cover the examples in order, and their edges are those of blocks', () => {
    const sizes = { count: fc.integer({ min: 1, max: 9 }), examples: fc.integer({ min: 1, max: 99 }) };
    fc.assert(
      fc.property(
        fc.record({ ...sizes, batchSize: fc.integer({ min: 1, max: 20 }) }),
        ({ count, examples, batchSize }) => {
          let at = 0;
          for (let number = 1; number <= count; number++) {
            const range = shardRange(examples, { number, count, batchSize });
            expect(range.from).toBe(at);
            at += range.examples;
            expect(at % batchSize === 0 || at === examples).toBe(true);
          }
          expect(at).toBe(examples);
        },
      ),
    );
    expect(shardRange(1000, { number: 2, count: 2, batchSize: 250 })).toEqual({ from: 500, examples: 500 });
  });

  it('has the blocks of the whole', async () => {
    const { data } = thirteen();
    const blocks = (part: Batches) =>
      collect(part, { batchSize: 3 }).then((all) => all.map(({ index }) => [...index].join()));
    const parts = [1, 2].map((number) => shard(data, { number, count: 2, batchSize: 3 }));
    expect((await Promise.all(parts.map(blocks))).flat()).toEqual(await blocks(data));
  });

  it('refuses parts that are none or empty', () => {
    const { data } = thirteen();
    expect(() => shard(data, { number: 3, count: 2, batchSize: 1 })).toThrow(
      'shard: number must be an integer >= 1 and <= 2, got 3',
    );
    expect(() => shard(data, { number: 1, count: 2 } as never)).toThrow('shard: batchSize must be');
    expect(() => shard(data, { number: 1, count: 3, batchSize: 10 })).toThrow(
      'shard: part 1 of 3 is empty: there are fewer blocks of 10 examples than parts',
    );
  });
});

describe('split', () => {
  const numbers = (part: Dataset) => [...(part.numbers ?? [])];
  const count = (part: Dataset, label: number) => part.labels.filter((each) => each === label).length;

  it('deals every example to one part, in its order, each class by its share', () => {
    const cases = {
      labels: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 120 }),
      share: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      seed: fc.nat(1000),
    };
    fc.assert(
      fc.property(fc.record(cases), ({ labels, share, seed }) => {
        const { data } = watched(labels);
        const first = Math.min(labels.length - 1, Math.max(1, Math.round(share * labels.length)));
        const parts = split(data, { counts: [first], seed });
        expect(parts.map(({ examples }) => examples)).toEqual([first, labels.length - first]);
        expect(parts.flatMap(numbers).sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
        for (const part of parts) {
          expect([...numbers(part)].sort((a, b) => a - b)).toEqual(numbers(part));
          for (const label of [0, 1, 2, 3]) {
            const expected = (count(data, label) * part.examples) / labels.length;
            expect(Math.abs(count(part, label) - expected)).toBeLessThan(2);
          }
        }
      }),
      { numRuns: 60, seed: 8 },
    );
  });

  it('has exact shares where the classes are of one size', () => {
    const { data } = watched(Array.from({ length: 400 }, (_, i) => i % 4));
    const parts = split(data, { fractions: [0.1, 0.25, 0.65], seed: 3 });
    for (const label of [0, 1, 2, 3]) expect(parts.map((part) => count(part, label))).toEqual([10, 25, 65]);
  });

  it('draws by the seed, every example about as often', () => {
    const { data } = watched(Array.from({ length: 20 }, (_, i) => i % 2));
    const drawn = new Array(20).fill(0);
    for (let seed = 0; seed < 400; seed++) {
      for (const number of numbers(split(data, { counts: [5], seed })[0])) drawn[number]++;
    }
    // Binomial, 400 x 0.25: a deviation of 8.7.
    for (const times of drawn) expect(Math.abs(times - 100)).toBeLessThan(40);
    expect(numbers(split(data, { counts: [5], seed: 7 })[0])).toEqual(
      numbers(split(data, { counts: [5], seed: 7 })[0]),
    );
  });

  it('draws by chance alone where it is told to', () => {
    const { data } = watched(Array.from({ length: 40 }, (_, i) => i % 2));
    const shares = Array.from({ length: 20 }, (_, seed) =>
      count(split(data, { counts: [20], stratify: 'none', seed })[0], 0),
    );
    expect(new Set(shares).size).toBeGreaterThan(2);
  });

  it('refuses what is no split', () => {
    const { data } = thirteen();
    expect(() => split(data, {})).toThrow('split: counts or fractions must be given, and not both');
    expect(() => split(data, { counts: [1], fractions: [0.5] })).toThrow('and not both');
    expect(() => split(data, { counts: [10, 4] })).toThrow(
      'split: counts must be one or more, 13 in sum at most, got [10, 4]',
    );
    expect(() => split(data, { fractions: [0.6, 0.5] })).toThrow('1 in sum at most, got [0.6, 0.5]');
    expect(() => split(data, { counts: [] })).toThrow('split: counts must be one or more');
    expect(() => split(data, { fractions: [0.01, 0.5] })).toThrow('such that no part of 13 examples is empty');
    expect(() => split(data, { counts: [0] })).toThrow('split: counts must be an array of an integer >= 1');
    expect(() => split(data, { counts: [3], stratify: 'labels' } as never)).toThrow('stratify must be one of');
    expect(() => split(augmented(data, randomFlip()), { counts: [3], stratify: 'label' })).toThrow(
      "split: stratify 'label' needs a Dataset, whose labels are known beforehand; split before",
    );
  });
});

describe('ofClasses', () => {
  it('has the examples of those classes', async () => {
    const { data } = thirteen();
    const part = ofClasses(data, [1, 3]);
    expect(await numbersOf(part)).toEqual([1, 3, 5, 7, 9, 11]);
    expect(part.classes).toBe(4);
  });

  it('refuses classes that are none or have no example', () => {
    const data = fromArrays({ x: new Uint8Array(2), shape: [2, 1, 1, 1], y: Int32Array.of(0, 2), classes: 4 });
    expect(() => ofClasses(data, [4])).toThrow('ofClasses: classes must be an array of an integer >= 0 and <= 3');
    expect(() => ofClasses(data, [1, 3])).toThrow('ofClasses: classes must be labels that examples have, got [1, 3]');
    expect(() => ofClasses(data, [])).toThrow('labels that examples have, got []');
  });
});
