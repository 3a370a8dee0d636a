import '@tensorflow/tfjs-backend-cpu';
import { apgdAttack, pgdAttack } from '@agoge/attacks';
import { ensureGradients, fromFunction } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { concat, mean, memory, mul, reshape, scalar, sub, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { textToFloats } from './float-text';
import { evaluate, readResult, writeResult } from './index';

beforeAll(ensureGradients);

/** Logits [1 - 2m, 2m - 1] of the mean pixel m: exactly robust at eps where |m - 1/2| > eps. */
const brightness = (x: Tensor4D): Tensor2D => {
  const bright = reshape(mean(x, [1, 2, 3]), [-1, 1]);
  return concat([sub(scalar(0.5), bright), sub(bright, scalar(0.5))], 1) as Tensor2D;
};
const f = fromFunction(brightness, { bounds: [0, 1], classes: 2 });

// Uniform images of these means; the last is labelled wrongly.
const means = [0.1, 0.3, 0.45, 0.55, 0.7, 0.9, 0.2];
const data = fromArrays({
  x: Float32Array.from({ length: means.length * 4 }, (_, i) => means[Math.floor(i / 4)]),
  shape: [means.length, 2, 2, 1],
  y: Int32Array.from(means, (value, i) => Number(value > 0.5 || i === means.length - 1)),
  classes: 2,
  bounds: [0, 1],
});
const attacks = [pgdAttack({ eps: 0.1, steps: 5 }), apgdAttack({ eps: 0.1, steps: 10 })];

describe('a model whose robust accuracy is known', () => {
  it('finds it, with intervals, records, images and the environment', async () => {
    const result = await evaluate(f, data, { attacks, keep: 3, command: 'as typed', model: { name: 'brightness' } });
    expect(result.n).toBe(7);
    expect(result.cleanAccuracy).toBe(6 / 7);
    expect(result.robustAccuracy).toBe(4 / 7);
    expect(result.interval.map((each) => each.toFixed(4))).toEqual(['0.2505', '0.8418']);
    expect(result.threat).toEqual({ norm: 'linf', eps: 0.1 });
    expect(result.records.map(({ brokenBy }) => brokenBy)).toEqual([null, null, 'pgd', 'pgd', null, null, null]);
    expect(result.records.map(({ correct }) => correct)).toEqual([true, true, true, true, true, true, false]);
    expect(result.attacks.map(({ attempted, broken }) => [attempted, broken])).toEqual([
      [6, 2],
      [4, 0],
    ]);
    expect(result.images).toHaveLength(3);
    const { clean, adversarial } = result.images[2];
    expect([...textToFloats('', clean, 4)]).toEqual(Array(4).fill(Math.fround(0.45)));
    expect(Math.max(...textToFloats('', adversarial, 4))).toBeLessThanOrEqual(0.55 + 1e-6);
    expect(result.warnings.map(({ code }) => code)).toContain('few-examples');
    const { run } = result;
    expect(run).toMatchObject({ backend: 'cpu', threads: 1, node: process.versions.node, command: 'as typed' });
    expect(run.versions).toMatchObject({ '@tensorflow/tfjs-core': '4.22.0' });
    expect(Object.keys(run.versions)).toContain('@agoge/attacks');
    expect(run.attackSeconds).toHaveLength(2);
    expect(run.examplesPerSecond).toBeCloseTo(7 / run.seconds, 6);
  });

  it('writes what readResult takes, and repeats but for the run', async () => {
    const [first, second] = [
      await evaluate(f, data, { attacks, seed: 3 }),
      await evaluate(f, data, { attacks, seed: 3 }),
    ];
    expect(readResult(writeResult(first))).toEqual(first);
    const { run: _, ...numbers } = first;
    expect({ ...second, run: undefined }).toEqual({ ...numbers, run: undefined });
  });

  it('evaluates a range of the examples', async () => {
    const { n, records } = await evaluate(f, data, { attacks, from: 2, examples: 3, batchSize: 2 });
    expect(n).toBe(3);
    expect(records.map(({ index }) => index)).toEqual([2, 3, 4]);
  });
});

it('leaks nothing, and tells its progress to the end', async () => {
  const before = memory().numTensors;
  const shares: number[] = [];
  await evaluate(f, data, { attacks, batchSize: 3, onProgress: ({ done, total }) => shares.push(done / total) });
  expect(memory().numTensors).toBe(before);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

describe('bad input', () => {
  const dark = fromArrays({
    x: new Float32Array(4),
    shape: [1, 2, 2, 1],
    y: new Int32Array(1),
    classes: 3,
    bounds: [0, 1],
  });
  const nan = fromFunction((x) => mul<Tensor2D>(brightness(x), Number.NaN), { bounds: [0, 1], classes: 2 });
  it.each<[string, () => Promise<unknown>, string]>([
    ['unknown option', () => evaluate(f, data, { attacks, epsilon: 1 } as never), 'evaluate: unknown option "epsilon"'],
    ['no attacks', () => evaluate(f, data, { attacks: [] }), 'evaluate: attacks must be a list of one attack or more'],
    ['an attack that is none', () => evaluate(f, data, { attacks: [{}] as never }), 'evaluate: attacks must be a list'],
    [
      'attacks of two sizes',
      () => evaluate(f, data, { attacks: [...attacks, pgdAttack({ eps: 0.2 })] }),
      'evaluate: threat',
    ],
    [
      'a threat without eps',
      () => evaluate(f, data, { attacks, threat: {} as never }),
      'evaluate: threat: norm must be',
    ],
    [
      'too many examples',
      () => evaluate(f, data, { attacks, examples: 8 }),
      'runAttacks: examples must be at most the 7',
    ],
    ['other classes', () => evaluate(f, dark, { attacks }), "runAttacks: data must have the model's 2 classes, got 3"],
    ['NaN logits', () => evaluate(nan, data, { attacks }), 'must return finite logits, got NaN'],
    [
      'no model',
      () => evaluate(undefined as never, data, { attacks }),
      'evaluate: f must be a function, got undefined',
    ],
  ])('%s', async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });

  it('stops where it is told to', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    const run = evaluate(f, data, { attacks, onProgress, signal: controller.signal });
    await expect(run).rejects.toThrow('enough');
  });
});
