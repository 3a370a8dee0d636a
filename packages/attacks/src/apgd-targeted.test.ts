import '@tensorflow/tfjs-backend-cpu';
import { type AttackResult, fromFunction, normal } from '@agoge/core';
import {
  matMul,
  memory,
  reshape,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { apgd } from './apgd';
import { apgdTargeted, apgdTargetedAttack } from './apgd-targeted';

const [size, n] = [8, 6];
const hidden = tensor2d(normal({ seed: 1, stream: 'hidden' }, size * 10), [size, 10]);
function network(classes: number) {
  const outer = tensor2d(normal({ seed: 2, stream: 'outer' }, 10 * classes), [10, classes]);
  const logits = (x: Tensor4D) => matMul(tanh(matMul(reshape(x, [-1, size]) as Tensor2D, hidden)), outer) as Tensor2D;
  return fromFunction(logits, { bounds: [0, 1], classes });
}
const pixels = normal({ seed: 3, stream: 'x' }, n * size).map((each) => Math.min(1, Math.max(0, 0.5 + each / 3)));
const x = tensor4d(pixels, [n, 2, 2, 2]);

/** Classes of each image, the largest logit first. */
async function ranking(classes: number): Promise<number[][]> {
  const rows = (await network(classes)(x).array()) as number[][];
  return rows.map((row) => [...row.keys()].sort((a, b) => row[b] - row[a]));
}
const labelsOf = (ranks: number[][]) =>
  tensor1d(
    ranks.map(([first]) => first),
    'int32',
  );

describe('apgdTargeted', () => {
  it.each([
    [{ steps: 4 }, 6, 5],
    [{ steps: 4, rivals: 2 }, 6, 2],
    [{ steps: 3, rivals: 2, restarts: 3 }, 6, 6],
    [{ steps: 4, rivals: 9 }, 3, 2],
    [{ steps: 4 }, 2, 1],
  ])(
    'makes steps + 1 forwards for each start and class that there is: %j, %i classes',
    async (options, classes, starts) => {
      const [f, y] = [network(classes), labelsOf(await ranking(classes))];
      const before = memory().numTensors;
      const { steps } = options;
      const result = await apgdTargeted(f, x, y, { eps: 1e-6, ...options });
      expect([...result.broken]).toEqual(Array(n).fill(0));
      expect([...result.forwards]).toEqual(Array(n).fill(1 + starts * (steps + 1) + 1));
      expect([...result.backwards]).toEqual(Array(n).fill(starts * steps));
      result.x.dispose();
      expect(memory().numTensors).toBe(before);
    },
  );

  it('goes for the classes in order of their logits, and is the same as apgd with those as targets', async () => {
    const classes = 6;
    const f = network(classes);
    const ranks = await ranking(classes);
    const y = labelsOf(ranks);
    const options = { eps: 0.02, steps: 12, start: 'zero', loss: 'margin' } as const;
    // The smallest margin over targeted runs, one for each of the three classes that follow the label.
    const alone: AttackResult[] = [];
    for (const rank of [1, 2, 3]) {
      const result = await apgd(f, x, y, { ...options, targets: ranks.map((row) => row[rank]) });
      result.x.dispose();
      alone.push(result);
    }
    for (const rivals of [1, 2, 3]) {
      const together = await apgdTargeted(f, x, y, { ...options, rivals });
      together.x.dispose();
      together.broken.forEach((broken, i) => {
        // A targeted run keeps what is nearest to its target, which by the margin over all classes may be second best.
        const best = Math.min(...alone.slice(0, rivals).map(({ margin }) => margin[i]));
        if (!broken) expect(together.margin[i]).toBeLessThanOrEqual(best + 1e-5);
        expect(broken).toBeGreaterThanOrEqual(
          Math.max(...alone.slice(0, rivals).map((each) => Number(each.margin[i] < 0))),
        );
      });
    }
  });

  it.each([2, 3])('ascends the margin where there are %i classes', async (classes) => {
    const f = network(classes);
    const y = labelsOf(await ranking(classes));
    const [dlr, margin] = [
      await apgdTargeted(f, x, y, { eps: 0.1, steps: 10 }),
      await apgdTargeted(f, x, y, { eps: 0.1, steps: 10, loss: 'margin' }),
    ];
    expect(await dlr.x.array()).toEqual(await margin.x.array());
    expect(dlr.margin.some((each, i) => each !== 0 && dlr.distance[i] > 0)).toBe(true);
  });

  it("has AutoAttack's defaults, other ones in l1", () => {
    expect(apgdTargetedAttack({ eps: 1 }).options).toMatchObject({ rivals: 9, restarts: 1, epsSchedule: 'constant' });
    expect(apgdTargetedAttack({ eps: 1, norm: 'l1' }).options).toMatchObject({ rivals: 5, epsSchedule: 'shrinking' });
  });

  it.each([
    [{ eps: 1, targets: 2 }, 'apgdTargetedAttack: unknown option "targets"'],
    [{ eps: 1, rivals: 0 }, 'apgdTargetedAttack: rivals must be an integer >= 1, got 0'],
    [
      { eps: 1, epsSchedule: 'shrinking' },
      'apgdTargetedAttack: epsSchedule "shrinking" is for norm "l1", got norm "linf"',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => apgdTargetedAttack(options as { eps: number })).toThrow(message);
  });
});
