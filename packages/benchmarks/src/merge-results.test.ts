import '@tensorflow/tfjs-backend-cpu';
import { apgdAttack, pgdAttack } from '@agoge/attacks';
import { ensureGradients, fromFunction } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { concat, mean, reshape, scalar, sub, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EvaluationResult, evaluate, mergeResults, readResult, writeResult } from './index';
import { resultFixture } from './result.fixture';

/** Logits [1/2 - m, m - 1/2] of the mean pixel m: robust at eps where |m - 1/2| > eps. */
const brightness = (x: Tensor4D): Tensor2D => {
  const bright = reshape(mean(x, [1, 2, 3]), [-1, 1]);
  return concat([sub(scalar(0.5), bright), sub(bright, scalar(0.5))], 1) as Tensor2D;
};
const f = fromFunction(brightness, { bounds: [0, 1], classes: 2 });
const examples = 23;
const means = Array.from({ length: examples }, (_, i) => ((i * 7) % examples) / examples);
const data = fromArrays({
  x: Float32Array.from({ length: 4 * examples }, (_, i) => means[i >> 2]),
  shape: [examples, 2, 2, 1],
  y: Int32Array.from(means, (value) => Number(value > 0.45)),
  classes: 2,
  bounds: [0, 1],
});
const options = {
  attacks: [pgdAttack({ eps: 0.1, steps: 3 }), apgdAttack({ eps: 0.1, steps: 4 })],
  batchSize: 2,
  examples: 21,
  seed: 5,
  model: { name: 'brightness', learned: [1, null] },
};

let whole: EvaluationResult;
const shards = new Map<string, EvaluationResult>();
const part = (number: number, count: number) => shards.get(`${number}/${count}`) as EvaluationResult;
beforeAll(async () => {
  await ensureGradients();
  whole = await evaluate(f, data, options);
  for (const count of [1, 2, 4, 11]) {
    for (let number = 1; number <= count; number++) {
      shards.set(`${number}/${count}`, await evaluate(f, data, { ...options, shard: { number, count } }));
    }
  }
});
/** The text of a result's file, but for how the run went. */
const textOf = (result: EvaluationResult) => writeResult({ ...result, run: whole.run });

describe('shards', () => {
  it.each([1, 2, 4, 11])('of %i give the file of the whole, in any order', (count) => {
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    const wanted = textOf(whole);
    fc.assert(
      fc.property(fc.shuffledSubarray(numbers, { minLength: count }), (order) => {
        expect(textOf(mergeResults(order.map((number) => part(number, count))))).toBe(wanted);
      }),
      { numRuns: 10 },
    );
  });

  it('that were put together are parts again', () => {
    const [a, b, c, d] = [1, 2, 3, 4].map((number) => part(number, 4));
    const halves = [
      [a, b],
      [c, d],
    ].map((pair) => mergeResults(pair.map(unsharded)));
    expect(textOf(mergeResults(halves))).toBe(textOf(whole));
  });

  it('tell how each part went, and all of them together', () => {
    const parts = [part(2, 2), part(1, 2)];
    const merged = mergeResults(parts, { command: 'agoge merge b.json a.json' });
    expect(merged.run).toMatchObject({ command: 'agoge merge b.json a.json', seed: 5, backend: 'cpu' });
    expect(merged.run.seconds).toBeCloseTo(parts[0].run.seconds + parts[1].run.seconds, 9);
    expect(merged.run.parts?.map((each) => [each.from, each.examples])).toEqual([
      [0, 10],
      [10, 11],
    ]);
    expect(merged.run.shard).toBeUndefined();
    expect(readResult(writeResult(merged))).toEqual(merged);
  });
});

/** As if its range had been asked for, and no shard. */
function unsharded(result: EvaluationResult): EvaluationResult {
  const { shard: _, ...run } = result.run;
  return { ...result, run };
}
const changed = (result: EvaluationResult, changes: Partial<EvaluationResult>) => ({ ...result, ...changes });
const withSetup = (result: EvaluationResult, changes: object) =>
  changed(result, { setup: { ...result.setup, ...changes } as EvaluationResult['setup'] });
const withRun = (result: EvaluationResult, changes: object) => changed(result, { run: { ...result.run, ...changes } });

describe('refuses, by name,', () => {
  it.each<[string, () => EvaluationResult[], string]>([
    ['nothing', () => [], 'mergeResults: results must be a list of one result of evaluate or more'],
    [
      'what is no result',
      () => [{} as never],
      'mergeResults: results must be a list of one result of evaluate or more',
    ],
    [
      'a result without a setup',
      () => [resultFixture({ setup: null })],
      'a.json does not say what was run (it is of agoge/evaluation@2): evaluate that part again',
    ],
    ['a gap', () => [part(1, 4), part(3, 4), part(4, 4)], 'examples 4 to 9 are in no part, between a.json and b.json'],
    ['a double', () => [part(1, 2), part(1, 2), part(2, 2)], 'a.json and b.json both have examples 0 to 9'],
    [
      'an overlap',
      () => [part(1, 2), part(2, 4), part(2, 2)].map(unsharded),
      'a.json and b.json both have examples 4 to 9',
    ],
    [
      'a lack at the end',
      () => [part(1, 4), part(2, 4)],
      '10 of 21 examples are here: of 4 shards there are 1 (a.json), 2 (b.json)',
    ],
    ['a lack at the start', () => [part(2, 2)], '11 of 21 examples are here: of 2 shards there are 2 (a.json)'],
    [
      'another seed',
      () => [part(1, 2), withSetup(part(2, 2), { seed: 6 })],
      'a.json and b.json are of different runs: seed is 5 and 6',
    ],
    [
      'other data',
      () => [part(1, 2), withSetup(part(2, 2), { data: { hash: 'other', examples } })],
      'b.json are of different runs: data.hash is "',
    ],
    [
      'other weights',
      () => [part(1, 2), withSetup(part(2, 2), { model: { ...whole.setup?.model, weights: 'ab' } })],
      'b.json are of different runs: model.weights is null and "ab"',
    ],
    [
      'other code',
      () => [part(1, 2), withRun(part(2, 2), { code: 'new' })],
      'b.json are of different runs: code.hash is "',
    ],
    [
      'another version',
      () => [part(1, 2), withRun(part(2, 2), { versions: { ...whole.run.versions, '@agoge/core': '9.0.0' } })],
      'code.versions.@agoge/core is "0.0.0" and "9.0.0"',
    ],
    ['shards of another cut', () => [part(1, 2), part(3, 4), part(4, 4)], 'shards.count is 2 and 4'],
    [
      'another name',
      () => [part(1, 2), changed(part(2, 2), { model: { name: 'other' } })],
      'described.model.name is "brightness" and "other"',
    ],
    [
      'a part between two blocks',
      () => [part(1, 2), part(2, 2)].map((each) => withSetup(unsharded(each), { batchSize: 4 })),
      'b.json begins with example 10, which begins no block of 4 from 0',
    ],
  ])('%s', (_, parts, message) => {
    const results = parts();
    const names = ['a.json', 'b.json', 'c.json'].slice(0, results.length);
    expect(() => mergeResults(results, { names })).toThrow(message);
  });

  it('an option that is none, and names too few', () => {
    expect(() => mergeResults([part(1, 1)], { name: 'x' } as never)).toThrow('mergeResults: unknown option "name"');
    expect(() => mergeResults([part(1, 1)], { names: [] })).toThrow(
      'mergeResults: names must be an array of 1 x a string',
    );
  });

  it('a shard that is empty or none', async () => {
    const shard = (number: number, count: number) => evaluate(f, data, { ...options, shard: { number, count } });
    await expect(shard(1, 12)).rejects.toThrow(
      'evaluate: shard 1/12 is empty: there are fewer blocks of 2 images than parts',
    );
    await expect(shard(3, 2)).rejects.toThrow('evaluate: shard: number must be an integer >= 1 and <= 2, got 3');
  });
});
