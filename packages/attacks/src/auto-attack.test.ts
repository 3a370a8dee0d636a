import '@tensorflow/tfjs-backend-cpu';
import { type Batches, type Classifier, fromFunction, type NormName } from '@agoge/core';
import { add, matMul, mul, reshape, square, sub, type Tensor2D, type Tensor4D, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type AutoAttackOptions, autoAttack } from './auto-attack';
import { isRobust } from './runner/records';
import { runAttacks } from './runner/runner';

const eps = 0.3;
const settings = (options: Partial<AutoAttackOptions>) =>
  autoAttack({ eps, ...options }).map(({ name, options: all }) => ({ name, ...all }));

const apgd = (norm: NormName) => ({
  ...{ name: 'apgd', norm, eps, steps: 100, rho: 0.75, start: 'random', variant: 'boxed' },
  ...{ loss: 'ce', restarts: 1, eotSamples: 1, epsSchedule: 'constant' },
});
const apgdTargeted = (norm: NormName) => ({ ...apgd(norm), name: 'apgdTargeted', loss: 'dlr', rivals: 9 });
const steps = { steps: 100, alphaMax: 0.1, overshoot: 1.05, backward: 0.9, variant: 'nearest' };
const fabTargeted = (norm: NormName) => ({ name: 'fabTargeted', norm, eps, rivals: 9, ...steps });
const squares = (norm: NormName) => ({
  ...{ name: 'square', norm, eps, queries: 5000, share: 0.8, rescale: false, loss: 'margin', variant: 'whole' },
});

describe('autoAttack has the settings of the official code (specs of fra31/auto-attack)', () => {
  it.each(['linf', 'l2'] as const)('standard and fast in %s', (norm) => {
    const all = [apgd(norm), apgdTargeted(norm), fabTargeted(norm), squares(norm)];
    expect(settings({ norm })).toEqual(all);
    expect(settings({ norm, version: 'fast' })).toEqual(all.slice(0, 2));
  });

  it('standard in l1: shrinking balls, five restarts, five classes', () => {
    const epsSchedule = 'shrinking';
    expect(settings({ norm: 'l1' })).toEqual([
      { ...apgd('l1'), restarts: 5, epsSchedule },
      { ...apgdTargeted('l1'), rivals: 5, epsSchedule },
      fabTargeted('l1'),
      squares('l1'),
    ]);
  });

  it.each(['linf', 'l2', 'l1'] as const)('plus in %s', (norm) => {
    expect(settings({ norm, version: 'plus' })).toEqual([
      { ...apgd(norm), restarts: 5 },
      { ...apgd(norm), restarts: 5, loss: 'dlr' },
      { name: 'fab', norm, eps, restarts: 5, ...steps },
      squares(norm),
      apgdTargeted(norm),
      fabTargeted(norm),
    ]);
  });

  it('rand', () => {
    const each = { ...apgd('l2'), eotSamples: 20 };
    expect(settings({ norm: 'l2', version: 'rand' })).toEqual([each, { ...each, loss: 'dlr' }]);
  });

  it('custom, and what differs in the reference', () => {
    const given = settings({ version: 'custom', attacks: ['square', 'apgd-dlr'], variant: 'reference' });
    const variant = 'reference';
    expect(given).toEqual([
      { ...squares('linf'), variant },
      { ...apgd('linf'), loss: 'dlr', restarts: 5, variant },
    ]);
    for (const { options } of autoAttack({ eps, version: 'plus', variant })) expect(options.variant).toBe(variant);
  });

  it.each([
    [{ eps: -1 }, 'autoAttack: eps must be a finite number >= 0, got -1'],
    [{ eps, version: 'full' }, 'autoAttack: version must be one of "standard", "plus", "rand", "fast", "custom"'],
    [{ eps, version: 'custom' }, 'autoAttack: attacks must be for version "custom" some of apgd-ce,'],
    [{ eps, version: 'custom', attacks: [] }, 'autoAttack: attacks must be'],
    [{ eps, attacks: ['square'] }, 'autoAttack: attacks are for version "custom", got version "standard"'],
    [{ eps, version: 'custom', attacks: ['pgd'] }, 'autoAttack: attacks must be an array of one of'],
    [{ eps, epsilon: 1 }, 'autoAttack: unknown option "epsilon"'],
  ])('refuses %j', (options, message) => {
    expect(() => autoAttack(options as AutoAttackOptions)).toThrow(message);
  });
});

// Two pixels; classes by directions from grey, with curved boundaries between them.
function corners(classes: number): Classifier {
  const at = tensor2d([-2, 1.5, 1, 2, -1, -2, 2, -1].slice(0, 2 * classes), [classes, 2]);
  const logits = (x: Tensor4D): Tensor2D => {
    const plane = sub(reshape(x, [-1, 2]) as Tensor2D, 0.5);
    return add(matMul(plane, at, false, true), mul(square(matMul(plane, at, false, true)), 0.3));
  };
  return fromFunction(logits, { bounds: [0, 1], classes, weights: () => [at] });
}

const examples = 12;
async function dataOf(f: Classifier): Promise<Batches> {
  const x = Float32Array.from({ length: 2 * examples }, (_, i) => ((i * 37) % 101) / 100);
  const scores = (await f(reshape(tensor2d(x, [examples, 2]), [examples, 1, 2, 1]) as Tensor4D).array()) as number[][];
  const y = Int32Array.from(scores, (row) => row.indexOf(Math.max(...row)));
  return {
    ...{ examples, classes: f.classes, bounds: [0, 1], shape: [1, 2, 1], hash: 'corners' },
    async *batches() {
      const index = Float64Array.from({ length: examples }, (_, i) => i);
      yield { x, y, index, shape: [examples, 1, 2, 1] };
    },
  };
}

const withoutSquare = { version: 'custom', attacks: ['apgd-dlr', 'apgd-t', 'fab', 'fab-t'] } as const;
describe.each([
  [2, withoutSquare],
  [3, withoutSquare],
  [4, { version: 'standard' }],
] as const)('autoAttack on %i classes', (classes, version) => {
  it('runs: each attack on the survivors of those before, and agrees with a search of the whole ball', async () => {
    const f = corners(classes);
    const data = await dataOf(f);
    const radius = 0.12;
    const { records, attacks } = await runAttacks(f, data, autoAttack({ eps: radius, ...version }), {
      batchSize: examples,
    });
    let left = examples;
    for (const { attempted, broken } of attacks) {
      expect(attempted).toBe(left);
      left -= broken;
    }
    const robust = records.filter(isRobust).map(({ index }) => index);
    expect(robust).toHaveLength(left);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(examples);
    expect(robust).toEqual(await bySearch(f, data, radius));
  });
});

/** Whom no point of a fine grid over the ball breaks. */
async function bySearch(f: Classifier, data: Batches, radius: number): Promise<number[]> {
  const robust: number[] = [];
  for await (const { x, y } of data.batches({ batchSize: examples })) {
    for (let i = 0; i < examples; i++) {
      const side = 81;
      const clip = (value: number) => Math.min(1, Math.max(0, value));
      const grid = Float32Array.from({ length: 2 * side * side }, (_, k) => {
        const step = k % 2 === 0 ? (k >> 1) % side : Math.floor((k >> 1) / side);
        return clip(x[2 * i + (k % 2)] + radius * ((2 * step) / (side - 1) - 1));
      });
      const points = reshape(tensor2d(grid, [side * side, 2]), [side * side, 1, 2, 1]) as Tensor4D;
      const scores = (await f(points).array()) as number[][];
      if (scores.every((row) => row.every((each, k) => k === y[i] || each <= row[y[i]]))) robust.push(i);
    }
  }
  return robust;
}
