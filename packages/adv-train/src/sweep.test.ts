import { memoryStore } from '@agoge/core';
import { expect, it } from 'vitest';
import { runSweep, shardOf, sweep } from './sweep';

it('lists every combination with every seed, each by a name of its own', () => {
  const runs = sweep({ seeds: [3, 0], options: { eps: [0.1, 1e-9], norm: ['linf'], schedule: [{ at: [1] }, null] } });
  expect(runs).toHaveLength(8);
  expect(runs[0]).toEqual({
    name: 'eps=0.1,norm=linf,schedule=#1,seed=3',
    seed: 3,
    options: { eps: 0.1, norm: 'linf', schedule: { at: [1] } },
  });
  expect(runs[7].name).toBe('eps=1e-9,norm=linf,schedule=null,seed=0');
  expect(new Set(runs.map(({ name }) => name)).size).toBe(8);
  expect(sweep({ seeds: [1] })).toEqual([{ name: 'seed=1', seed: 1, options: {} }]);
});

it('gives each run to one shard, none of which has two runs more than another', () => {
  const runs = sweep({ seeds: [0, 1, 2, 3, 4, 5, 6] });
  for (const count of [1, 2, 3, 7, 9]) {
    const shards = Array.from({ length: count }, (_, i) => shardOf(runs, { number: i + 1, count }));
    expect(shards.flat()).toEqual(runs);
    const sizes = shards.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});

it('makes what has no file yet, also after one has failed, and reads the rest', async () => {
  const store = memoryStore();
  const runs = sweep({ seeds: [0, 1, 2], options: { a: [2] } });
  const made: number[] = [];
  const run =
    (failing?: number) =>
    async ({ seed, options }: (typeof runs)[number]) => {
      if (seed === failing) throw new Error('lost');
      made.push(seed);
      return { product: seed * (options.a as number) };
    };
  await expect(runSweep(runs, { store, run: run(1) })).rejects.toThrow('lost');
  const results = await runSweep(runs, { store, run: run() });
  expect(results.map(({ result }) => result.product)).toEqual([0, 2, 4]);
  expect(made).toEqual([0, 1, 2]);
  expect(await store.list('')).toEqual(runs.map(({ name }) => `${name}.result.json`));

  const other = { ...runs[1], options: { a: 3 } };
  await expect(runSweep([other], { store, run: run() })).rejects.toThrow(
    'runSweep: a=2,seed=1.result.json is of another run: options.a was 2, is 3',
  );
  await store.put('a=2,seed=1.result.json', new TextEncoder().encode('{}'));
  await expect(runSweep(runs, { store, run: run() })).rejects.toThrow(
    'runSweep: a=2,seed=1.result.json: schema must be',
  );
});

it('stops between two runs when it is aborted', async () => {
  const controller = new AbortController();
  const made: number[] = [];
  const run = async ({ seed }: { seed: number }) => {
    made.push(seed);
    controller.abort(new Error('enough'));
    return seed;
  };
  const options = { store: memoryStore(), run, signal: controller.signal };
  await expect(runSweep(sweep({ seeds: [0, 1] }), options)).rejects.toThrow('enough');
  expect(made).toEqual([0]);
  expect(await options.store.list('')).toEqual(['seed=0.result.json']);
});

it.each([
  [{ seeds: [] }, 'sweep: seeds must be an array of integers >= 0, each once, got []'],
  [{ seeds: [1, 1] }, 'sweep: seeds must be'],
  [{ seeds: [0], options: { a: [] } }, 'sweep: options.a must be an array of values, each once, got []'],
  [{ seeds: [0], options: { a: [{ b: 1 }, { b: 1 }] } }, 'sweep: options.a must be an array of values, each once'],
  [{ seeds: [0], options: { 'a/b': [1] } }, 'sweep: options must be named by words, got "a/b"'],
])('sweep refuses %j', (given, message) => {
  expect(() => sweep(given)).toThrow(message);
});

it('shardOf and runSweep refuse what is none', async () => {
  expect(() => shardOf([1], { number: 2, count: 1 })).toThrow(
    'shardOf: number must be an integer >= 1 and <= 1, got 2',
  );
  const [run] = sweep({ seeds: [0] });
  const options = { store: memoryStore(), run: async () => 1 };
  await expect(runSweep([run, run], options)).rejects.toThrow('runSweep: runs must be each of a name of its own');
});
