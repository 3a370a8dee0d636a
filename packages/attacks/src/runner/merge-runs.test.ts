import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from 'vitest';
import { anyGap, brighter, gapsOf } from '../../test/gaps';
import { apgdAttack } from '../apgd';
import { fgsmAttack } from '../fgsm';
import { pgdAttack } from '../pgd';
import { mergeRuns } from './merge-runs';
import type { RunAttacksOptions, RunnerResult } from './run-options';
import { runAttacks } from './runner';

const f = brighter();
const data = gapsOf(20, anyGap);
const attacks = [fgsmAttack({ eps: 0.1 }), pgdAttack({ eps: 0.15, steps: 4 }), apgdAttack({ eps: 0.2, steps: 4 })];
const some = (from: number, examples: number, over: RunAttacksOptions = {}) =>
  runAttacks(f, data, attacks, { batchSize: 4, seed: 3, keep: 6, from, examples, ...over });
const withoutSeconds = (result: RunnerResult) => ({
  ...result,
  attacks: result.attacks.map((each) => ({ ...each, seconds: 0 })),
});

it.each(['survivors', 'all'] as const)('parts of a run that meets %s are what one run is', async (meets) => {
  const whole = await some(0, 20, { meets });
  const parts = [await some(12, 8, { meets }), await some(0, 4, { meets }), await some(4, 8, { meets })];
  const merged = mergeRuns(parts, { from: 0, examples: 20 });
  expect(withoutSeconds(merged)).toEqual(withoutSeconds(whole));
  expect(merged.records.map(({ index }) => index)).toEqual([...Array(20).keys()]);
  expect(merged.attacks[0].seconds).toBeCloseTo(parts.reduce((sum, part) => sum + part.attacks[0].seconds, 0));
  expect(mergeRuns([mergeRuns(parts.slice(1)), parts[0]])).toEqual(merged);
});

it('one part is itself', async () => {
  const part = await some(4, 8);
  expect(mergeRuns([part])).toEqual(part);
});

it.each<[string, () => Promise<RunnerResult[]>, string]>([
  ['a gap', async () => [await some(0, 4), await some(12, 8)], 'examples 4 to 11 are in no part'],
  ['an overlap', async () => [await some(0, 8), await some(4, 4)], 'examples 4 to 7 are in two parts'],
  ['the same part twice', async () => [await some(0, 4), await some(0, 4)], 'examples 0 to 3 are in two parts'],
  [
    'a block cut in two',
    async () => [await some(0, 6), await some(6, 6)],
    'the part from 6 does not begin with a block of 4',
  ],
  [
    'another seed',
    async () => [await some(0, 4), await some(4, 4, { seed: 4 })],
    'the parts are of different runs: seed was 3, is 4',
  ],
  [
    'another batch size',
    async () => [await some(0, 4), await some(4, 4, { batchSize: 2 })],
    'the parts are of different runs: batchSize was 4, is 2',
  ],
  [
    'other data',
    async () => [
      await some(0, 4),
      await runAttacks(f, gapsOf(21, anyGap), attacks, { batchSize: 4, seed: 3, keep: 6, from: 4 }),
    ],
    'data.hash was "gaps of 20", is "gaps of 21"',
  ],
  [
    'other options of an attack',
    async () => [
      await some(0, 4),
      await runAttacks(f, data, [fgsmAttack({ eps: 0.2 }), ...attacks.slice(1)], {
        batchSize: 4,
        seed: 3,
        keep: 6,
        from: 4,
      }),
    ],
    'attacks.0.options.eps was 0.1, is 0.2',
  ],
  [
    'other weights',
    async () => {
      const other = brighter();
      const [weights] = other.weights();
      const changed = Object.assign(other, { weights: () => [weights, weights] });
      return [await some(0, 4), await runAttacks(changed, data, attacks, { batchSize: 4, seed: 3, keep: 6, from: 4 })];
    },
    'model.weights was',
  ],
  [
    'records that were given away',
    async () => [await some(0, 4), await some(4, 4, { onRecords: () => {} })],
    'the part from 4 has 0 records of 4 examples',
  ],
])('%s is refused', async (_, parts, message) => {
  const given = await parts();
  expect(() => mergeRuns(given)).toThrow(message);
});

it('what is missing at either end is refused where it is said what there should be', async () => {
  const part = await some(4, 8);
  expect(() => mergeRuns([part], { from: 0 })).toThrow('mergeRuns: examples 0 to 3 are in no part');
  expect(() => mergeRuns([part], { from: 8 })).toThrow('mergeRuns: the parts begin with example 4, not 8');
  expect(() => mergeRuns([part], { examples: 16 })).toThrow('mergeRuns: the parts have 8 examples, not 16');
});

it('an example with two records is refused: data may number as they like', async () => {
  const part = await some(0, 4);
  const twice = { ...part, records: [part.records[0], ...part.records.slice(0, 3)] };
  expect(() => mergeRuns([twice])).toThrow('mergeRuns: example 0 has two records');
});

it('what is no part is refused', () => {
  expect(() => mergeRuns([])).toThrow('mergeRuns: parts must be a list of one result');
  expect(() => mergeRuns([{} as RunnerResult])).toThrow(TypeError);
});
