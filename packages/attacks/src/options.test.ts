import '@tensorflow/tfjs-backend-cpu';
import { fromFunction } from '@agoge/core';
import { memory, mul, slice, type Tensor1D, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { classes, images, labelled, linear, n, network, plain, size } from '../test/contract-model';
import { apgd } from './apgd';
import { fgsm, fgsmAttack } from './fgsm';
import { pgd, pgdAttack } from './pgd';

// What options do and which are refused, on the models of the contract.

const index = Float64Array.from({ length: n }, (_, i) => i);
const eps = { linf: 0.1, l2: 0.35, l1: 1 };
let labels: Int32Array;
let y: Tensor1D;
beforeAll(async () => {
  labels = await labelled();
  y = tensor1d(labels, 'int32');
});

describe('restarts', () => {
  it.each(['linf', 'l2', 'l1'] as const)('never make it worse, in %s', async (norm) => {
    const options = { norm, eps: eps[norm] / 2, steps: 3, seed: 9 };
    const one = await plain(await pgd(network, images, y, { ...options, restarts: 1 }));
    const five = await plain(await pgd(network, images, y, { ...options, restarts: 5 }));
    expect(five.margin.some((each, i) => each < one.margin[i])).toBe(true);
    for (let i = 0; i < n; i++) {
      expect(five.broken[i]).toBeGreaterThanOrEqual(one.broken[i]);
      if (!five.broken[i]) expect(five.margin[i]).toBeLessThanOrEqual(one.margin[i] + 1e-6);
    }
  });
});

describe('options', () => {
  const refused: [options: Record<string, unknown>, message: string][] = [
    [{ eps: -0.3 }, 'eps must be a finite number >= 0, got -0.3'],
    [{ eps: Number.NaN }, 'eps must be a finite number >= 0, got NaN'],
    [{}, 'eps must be a finite number >= 0, got undefined'],
    [{ epsilon: 0.1 }, 'unknown option "epsilon"; did you mean "eps"?'],
    [{ eps: 0.1, norm: 'l3' }, 'norm must be one of "linf", "l2", "l1", got "l3"'],
    [{ eps: 0.1, loss: 'hinge' }, 'loss must be one of "ce", "margin", "dlr", got "hinge"'],
    [{ eps: 0.1, targets: 4 }, 'targets must be a whole number from 0 to 3, got 4'],
    [{ eps: 0.1, targets: [0, 1] }, 'targets[2] must be a whole number from 0 to 3, got undefined'],
    [{ eps: 0.1, targets: -1 }, 'targets must be a label'],
    [{ eps: 0.1, seed: -1 }, 'seed must be an integer >= 0, got -1'],
    [{ eps: 0.1, index: new Float64Array(3) }, 'index must have shape [11], got [3]'],
  ];
  const stepped: typeof refused = [
    [{ eps: 0.1, steps: 0 }, 'steps must be an integer >= 1, got 0'],
    [{ eps: 0.1, restarts: 0.5 }, 'restarts must be an integer >= 1, got 0.5'],
  ];
  const calls = { fgsm, pgd, apgd };
  const cases = (Object.keys(calls) as (keyof typeof calls)[]).flatMap((name) =>
    [...refused, ...(name === 'fgsm' ? [] : stepped)].map(([options, message]) => ({ name, options, message })),
  );

  it.each(cases)('$name: $message', async ({ name, options, message }) => {
    const before = memory().numTensors;
    const promise = calls[name](network, images, y, options as unknown as { eps: number });
    await expect(promise).rejects.toThrow(`${name}: ${message}`);
    expect(memory().numTensors).toBe(before);
  });

  it('of an attack as a value are checked when it is made', () => {
    expect(() => pgdAttack({ eps: -1 })).toThrow('pgdAttack: eps must be a finite number >= 0, got -1');
    expect(() => fgsmAttack({ eps: 1, stepSize: 1 } as { eps: number })).toThrow(
      'fgsmAttack: unknown option "stepSize"',
    );
  });

  it('name the loss that has too few classes', async () => {
    const zeros = tensor1d(new Int32Array(n), 'int32');
    await expect(pgd(linear, images, zeros, { eps: 0.1, loss: 'dlr' })).rejects.toThrow(
      'pgd: loss "dlr" needs at least 3 classes, the classifier has 2: use "margin"',
    );
  });

  it.each(['ce', 'margin', 'dlr'] as const)('take the loss %s, which breaks most examples', async (loss) => {
    const { broken } = await plain(await pgd(network, images, y, { eps: 0.2, loss }));
    expect(broken.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(9);
  });

  it('take targets by absolute example number', async () => {
    const targets = Array.from(labels, (label) => (label + 2) % classes);
    const whole = await plain(await pgd(network, images, y, { eps: 0.3, targets }));
    const part = tidy(() => slice(images, [4, 0, 0, 0], [3, -1, -1, -1]));
    const options = { eps: 0.3, targets: Int32Array.from(targets), index: index.slice(4, 7) };
    const some = await plain(await pgd(network, part, tensor1d(labels.slice(4, 7), 'int32'), options));
    expect(some.x).toEqual(whole.x.slice(4 * size, 7 * size));
  });
});

it('counts gradients that are 0', async () => {
  // At a margin of 200 even the well-conditioned cross entropy has no gradient left in float32.
  const flat = fromFunction((x) => mul<Tensor2D>(linear(x), 100), { bounds: [0, 1], classes: 2 });
  const zeros = tensor1d(new Int32Array(n), 'int32');
  const result = await pgd(flat, images, zeros, { eps: 0.01, steps: 5 });
  expect([...(result.zeroGradients ?? [])]).toEqual(Array(n).fill(5));
  result.x.dispose();
});
