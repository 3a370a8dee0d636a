import '@tensorflow/tfjs-backend-cpu';
import { type Attack, type Batches, fromFunction } from '@agoge/core';
import { matMul, memory, reshape, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { fgsmAttack } from '../fgsm';
import { pgdAttack } from '../pgd';
import { attacks } from '../registry';
import { runAttacks } from './runner';

// Two pixels, two classes, the brighter wins: what an attack of some size can do is known exactly.
const weights = tensor2d([2, 1, 1, 2], [2, 2]);
const brighter = fromFunction((x) => matMul(reshape(x, [-1, 2]) as Tensor2D, weights), { bounds: [0, 1], classes: 2 });
const gaps = [0.1, 0.3, 0.5, -0.2, 0.7, 0.25, 0.9, 0.15];
const x = Float32Array.from(gaps.flatMap((gap) => [0.5 + gap / 2, 0.5 - gap / 2]));

function data(over: Partial<Batches> = {}): Batches {
  return {
    ...{ examples: gaps.length, classes: 2, bounds: [0, 1], shape: [1, 2, 1], hash: 'gaps' },
    async *batches({ batchSize, from = 0 }) {
      for (let at = from; at < gaps.length; at += batchSize) {
        const end = Math.min(gaps.length, at + batchSize);
        yield {
          x: x.slice(at * 2, end * 2),
          shape: [end - at, 1, 2, 1],
          y: new Int32Array(end - at),
          index: Float64Array.from({ length: end - at }, (_, i) => at + i),
        };
      }
    },
    ...over,
  };
}

const weak = fgsmAttack({ eps: 0.1 });
const strong = pgdAttack({ eps: 0.2, steps: 10, start: 'zero' });

describe('runAttacks', () => {
  it('records the first attack that breaks each example, by how much, and what was spent', async () => {
    const { records, attacks: summaries } = await runAttacks(brighter, data(), [weak, strong], { batchSize: 3 });
    // linf of size eps closes a gap of 2 eps.
    expect(records.map(({ brokenBy }) => brokenBy)).toEqual([
      ...['fgsm', 'pgd', null, null, null, 'pgd', null, 'fgsm'],
    ]);
    expect(records.map(({ correct }) => correct)).toEqual(gaps.map((gap) => gap > 0));
    records.forEach((record, i) => {
      expect(record.index).toBe(i);
      expect(record.cleanMargin).toBeCloseTo(gaps[i], 5);
      const size = record.brokenBy === 'fgsm' ? 0.1 : 0.2;
      if (record.brokenBy === 'fgsm') expect(record.distance).toBeCloseTo(size, 5);
      else if (record.brokenBy === 'pgd') expect(record.distance).toBeLessThanOrEqual(0.2 * (1 + 1e-6));
      else expect(record.distance).toBe(record.correct ? null : 0);
      if (record.correct && !record.brokenBy) expect(record.margin).toBeCloseTo(gaps[i] - 0.4, 5);
    });
    expect(summaries.map(({ attempted, broken }) => [attempted, broken])).toEqual([
      [7, 2],
      [5, 2],
    ]);
    // The first look, what the attacks spent, and a last look after each.
    const spent = summaries.map(({ forwards, backwards }) => [forwards, backwards]);
    expect(records.reduce((sum, { forwards }) => sum + forwards, 0)).toBe(
      gaps.length + spent[0][0] + spent[1][0] + 7 + 5,
    );
    expect(records.reduce((sum, { backwards }) => sum + backwards, 0)).toBe(spent[0][1] + spent[1][1]);
    expect(summaries[1]).toMatchObject({ name: 'pgd', norm: 'linf', needs: 'gradient', options: strong.options });
    expect(summaries[0].seconds).toBeGreaterThan(0);
  });

  it('gives the part that is asked for, as it is in the whole', async () => {
    const whole = await runAttacks(brighter, data(), [strong], { batchSize: 2 });
    const part = await runAttacks(brighter, data(), [strong], { batchSize: 2, from: 2, examples: 3 });
    expect(part.records).toEqual(whole.records.slice(2, 5));
  });

  it('gives clean accuracy alone without attacks', async () => {
    const { records, attacks: none } = await runAttacks(brighter, data(), []);
    expect(none).toEqual([]);
    expect(records.filter(({ correct }) => correct)).toHaveLength(7);
  });

  it('keeps the images of the first examples', async () => {
    const { images } = await runAttacks(brighter, data(), [weak, strong], { batchSize: 2, keep: 5 });
    expect(images.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(images.map(({ attack }) => attack)).toEqual(['fgsm', 'pgd', null, null, null]);
    expect(images.map(({ adversarialPrediction }) => adversarialPrediction)).toEqual([1, 1, 0, 1, 0]);
    expect([...images[2].clean]).toEqual([...x.slice(4, 6)]);
    // The strongest found, though not enough.
    expect(images[2].adversarial[0] - images[2].adversarial[1]).toBeCloseTo(0.1, 5);
    expect([...images[3].adversarial]).toEqual([...images[3].clean]);
  });

  it('tells progress that grows to the total', async () => {
    const told: number[] = [];
    await runAttacks(brighter, data(), [weak, strong], {
      batchSize: 3,
      onProgress: ({ done, total }) => {
        expect(total).toBe(16);
        told.push(done);
      },
    });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(16);
  });

  it('ends at an abort, and leaks nothing', async () => {
    const controller = new AbortController();
    const before = memory().numTensors;
    const onProgress = () => controller.abort(new Error('enough'));
    const run = runAttacks(brighter, data(), [strong], { signal: controller.signal, onProgress });
    await expect(run).rejects.toThrow('enough');
    expect(memory().numTensors).toBe(before);
  });

  const bad: [what: string, run: () => Promise<unknown>, message: string][] = [
    [
      'no examples',
      () => runAttacks(brighter, data({ examples: 0 }), []),
      'runAttacks: data must not be empty, got 0 examples',
    ],
    [
      'other classes',
      () => runAttacks(brighter, data({ classes: 10 }), []),
      "runAttacks: data must have the model's 2 classes, got 10",
    ],
    [
      'other bounds',
      () => runAttacks(brighter, data({ bounds: [0, 255] }), []),
      "runAttacks: data must have the model's bounds [0, 1], got [0, 255]",
    ],
    [
      'a start after the end',
      () => runAttacks(brighter, data(), [], { from: 8 }),
      'runAttacks: from must be below the 8 examples of the data, got 8',
    ],
    [
      'more than there are',
      () => runAttacks(brighter, data(), [], { from: 2, examples: 7 }),
      'runAttacks: examples must be at most the 6 of the data from 2, got 7',
    ],
    [
      'an unknown option',
      () => runAttacks(brighter, data(), [], { batch: 3 } as object),
      'runAttacks: unknown option "batch"; did you mean "batchSize"?',
    ],
    [
      'no attack',
      () => runAttacks(brighter, data(), [{ name: 'pgd' } as Attack]),
      'runAttacks: attacks must be an array of an attack, got',
    ],
  ];
  it.each(bad)('refuses %s', async (_, run, message) => {
    const before = memory().numTensors;
    await expect(run()).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});

/** Attacks whose reach is no eps. */
const withoutEps = ['onePixel', 'spatial'];
it('the registry makes every attack from JSON', () => {
  for (const [name, attackOf] of Object.entries(attacks)) {
    const make = attackOf as (options: object) => Attack;
    const attack = make(withoutEps.includes(name) ? {} : { eps: 1 });
    expect(attack.name).toBe(name);
    const again = make(JSON.parse(JSON.stringify(attack.options)));
    expect(again.options).toEqual(attack.options);
  }
});
