import '@tensorflow/tfjs-backend-cpu';
import { type Attack, type Batches, fromFunction } from '@agoge/core';
import { matMul, reshape, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ddnAttack } from '../ddn';
import { fabAttack } from '../fab';
import { fmnAttack } from '../fmn';
import { pgdAttack } from '../pgd';
import { runAttacks } from './runner';
import { curveOfDistances, securityCurve } from './security-curve';

// Two pixels, the brighter wins: example i falls where each moves by half the gap, 0.02 (i + 1), and the last is wrong already.
const examples = 10;
const half = (i: number) => 0.02 * (i + 1);
const x = Float32Array.from({ length: 2 * examples }, (_, i) => 0.5 + (i % 2 ? -1 : 1) * half(i >> 1));
const y = Int32Array.from({ length: examples }, (_, i) => Number(i === examples - 1));
const data: Batches = {
  ...{ examples, classes: 2, bounds: [0, 1], shape: [1, 2, 1], hash: 'gaps' },
  async *batches({ batchSize, from = 0 }) {
    for (let at = from; at < examples; at += batchSize) {
      const end = Math.min(examples, at + batchSize);
      const index = Float64Array.from({ length: end - at }, (_, i) => at + i);
      yield { x: x.slice(2 * at, 2 * end), shape: [end - at, 1, 2, 1], y: y.slice(at, end), index };
    }
  },
};
const weights = tensor2d([2, 1, 1, 2], [2, 2]);
const f = fromFunction((images) => matMul(reshape(images, [-1, 2]) as Tensor2D, weights), {
  bounds: [0, 1],
  classes: 2,
});
const eps = [0, 0.03, 0.07, 0.13, 0.3];
const robust = eps.map(
  (radius) => Array.from({ length: examples - 1 }, (_, i) => half(i)).filter((each) => each > radius).length,
);

describe('the curve of a model whose every distance is known', () => {
  it.each([fabAttack({ norm: 'linf', steps: 30 }), fmnAttack({ norm: 'linf' })])(
    'is exact from one run: $name',
    async (attack) => {
      const { records } = await runAttacks(f, data, [attack]);
      const points = curveOfDistances(records, eps);
      expect(points.map((each) => each.robust)).toEqual(robust);
      expect(points.map((each) => each.accuracy)).toEqual(robust.map((each) => each / examples));
    },
  );

  it('is exact in another norm: sqrt(2) as far', async () => {
    const { records } = await runAttacks(f, data, [ddnAttack({ steps: 200 })]);
    const points = curveOfDistances(
      records,
      eps.map((each) => each * Math.SQRT2),
    );
    expect(points.map((each) => each.robust)).toEqual(robust);
  });

  it('is exact from a run for each radius, and tells progress over all', async () => {
    const told: number[] = [];
    const attacksAt = (radius: number) => [pgdAttack({ eps: radius, steps: 10 })];
    const onProgress = ({ done, total }: { done: number; total: number }) => told.push(done / total);
    const points = await securityCurve(f, data, attacksAt, eps, { onProgress, batchSize: 4 });
    expect(points.map((each) => each.robust)).toEqual(robust);
    expect(points[0]).toEqual({ eps: 0, robust: 9, examples: 10, accuracy: 0.9 });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  it('tells each point at once, and attacks nothing where nothing is left', async () => {
    const told: number[] = [];
    const asked: number[] = [];
    const attacksAt = (radius: number) => {
      asked.push(radius);
      return [pgdAttack({ eps: radius, steps: 10 })];
    };
    const onPoint = ({ robust: left }: { robust: number }) => told.push(left);
    const points = await securityCurve(f, data, attacksAt, [...eps, 0.5], { onPoint });
    expect(told).toEqual([...robust, 0]);
    expect(points[5]).toEqual({ eps: 0.5, robust: 0, examples: 10, accuracy: 0 });
    expect(asked).toEqual(eps);
  });

  it('never rises, though an attack does worse in a larger ball', async () => {
    const attacksAt = (radius: number): Attack[] => (radius > 0.1 ? [] : [pgdAttack({ eps: radius, steps: 10 })]);
    const points = await securityCurve(f, data, attacksAt, eps);
    expect(points.map((each) => each.robust)).toEqual([robust[0], robust[1], robust[2], robust[2], robust[2]]);
  });
});

it('radii are numbers in order', async () => {
  expect(() => curveOfDistances([], [0.2, 0.1])).toThrow(
    'curveOfDistances: eps[1] must be above the one before, 0.2, got 0.1',
  );
  expect(() => curveOfDistances([], [])).toThrow('curveOfDistances: eps must be a list of one radius at least');
  await expect(securityCurve(f, data, () => [], [-1])).rejects.toThrow(
    'securityCurve: eps must be an array of a finite number >= 0',
  );
});
