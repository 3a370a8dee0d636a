import '@tensorflow/tfjs-backend-cpu';
import { type Bounds, ensureGradients, fromFunction, type NormName, norms } from '@agoge/core';
import {
  matMul,
  memory,
  onesLike,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  tensor4d,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ascentStep } from './ascent/ascent-step';
import { projectedAscent } from './projected-ascent';

const weights = tensor2d([1, 0, -2, 0, 0.5, 0], [3, 2]);
const f = fromFunction((x) => matMul(reshape(x, [-1, 3]) as Tensor2D, weights), { bounds: [0, 1], classes: 2 });
const x = tensor4d([0.5, 0.5, 0.5, 0.95, 0.05, 0.5], [2, 1, 3, 1]);
const total = (logits: Tensor2D) => sum<Tensor1D>(logits, 1);
const values = async (each: Tensor) => [...(await each.data())].map((value) => Number(value.toFixed(4)));

describe('projectedAscent', () => {
  it('reaches the corner of ball and box for a linear loss, and leaves nothing behind', async () => {
    await ensureGradients();
    const before = memory().numTensors;
    const adversarial = await projectedAscent(f, x, total, { eps: 0.1, steps: 5 });
    expect(memory().numTensors).toBe(before + 1);
    expect(await values(adversarial)).toEqual([0.6, 0.4, 0.6, 1, 0, 0.6]);
    adversarial.dispose();
  });

  it('starts where it is told, by seed and example number', async () => {
    const still = { eps: 0.1, steps: 1, stepSize: 0 };
    const zero = await projectedAscent(f, x, total, { ...still, start: 'zero' });
    expect(await zero.data()).toEqual(await x.data());
    const given = await projectedAscent(f, x, total, { ...still, start: zero });
    expect(await given.data()).toEqual(await x.data());
    const both = await values(await projectedAscent(f, x, total, { ...still, seed: 3 }));
    const second = slice(x, [1, 0, 0, 0]);
    const one = await values(await projectedAscent(f, second, total, { ...still, seed: 3, index: Float64Array.of(1) }));
    expect(one).toEqual(both.slice(3));
    expect(both).not.toEqual(await values(x));
  });

  it('stops within one step of an abort, and leaks nothing', async () => {
    const controller = new AbortController();
    const before = memory().numTensors;
    let steps = 0;
    const onProgress = () => {
      if (++steps === 2) controller.abort();
    };
    const run = projectedAscent(f, x, total, { eps: 0.1, steps: 9, signal: controller.signal, onProgress });
    await expect(run).rejects.toThrow('aborted');
    expect(steps).toBe(2);
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    [{ eps: 0.1 }, 'steps must be an integer >= 1, got undefined'],
    [
      { eps: 0.1, steps: 1, start: 'random' },
      'start must be one of "uniform", "zero" or a tensor of images, got "random"',
    ],
    [{ eps: 0.1, steps: 1, bounds: [1, 0] }, 'bounds must be [low, high] with low < high, got [1, 0]'],
    [{ eps: 0.1, steps: 1, restarts: 2 }, 'unknown option "restarts"'],
    [{ eps: 0.1, steps: 1, start: tensor2d([1], [1, 1]) }, 'start must have shape [2, 1, 3, 1], got [1, 1]'],
  ])('refuses %o', async (options, message) => {
    const run = projectedAscent(f, x, total, options as unknown as { eps: number; steps: number });
    await expect(run).rejects.toThrow(`projectedAscent: ${message}`);
  });
});

describe('ascentStep', () => {
  const g = tensor4d([3, -4, 1, 3, -4, 1], [2, 1, 3, 1]);
  const step = async (norm: NormName, stepSize: number, bounds: Bounds) =>
    values(ascentStep(x, x, g, { norm, eps: 10, stepSize, bounds }));
  const far: Bounds = [-9, 9];

  it('is the textbook step where the bounds are far', async () => {
    expect(await step('linf', 0.1, far)).toEqual([0.6, 0.4, 0.6, 1.05, -0.05, 0.6]);
    const unit = [3, -4, 1].map((each) => each / Math.sqrt(26));
    const moved = [0.5, 0.5, 0.5, 0.95, 0.05, 0.5].map((each, i) => Number((each + 0.1 * unit[i % 3]).toFixed(4)));
    expect(await step('l2', 0.1, far)).toEqual(moved);
    expect(await step('l1', 0.1, far)).toEqual([0.5, 0.4, 0.5, 0.95, -0.05, 0.5]);
  });

  it('spends its length on pixels that have room', async () => {
    // The second example: 0.05 of room in the two pixels of larger gradient.
    expect((await step('linf', 0.1, [0, 1])).slice(3)).toEqual([1, 0, 0.6]);
    const rest = 0.5 + Math.sqrt(0.1 ** 2 - 2 * 0.05 ** 2);
    expect((await step('l2', 0.1, [0, 1])).slice(3)).toEqual([1, 0, Number(rest.toFixed(4))]);
    expect((await step('l1', 0.12, [0, 1])).slice(3)).toEqual([1, 0, 0.52]);
  });

  it.each(['linf', 'l2', 'l1'] as const)('does not move along a gradient of 0, in %s', async (norm) => {
    const still = ascentStep(x, x, zerosLike(x), { norm, eps: 1, stepSize: 0.1, bounds: [0, 1] });
    expect(await values(still)).toEqual(await values(x));
  });

  it.each(['linf', 'l2', 'l1'] as const)('stays where ties and single pixels are, in %s', async (norm) => {
    const tied = ascentStep(x, x, onesLike(x), { norm, eps: 1, stepSize: 0.3, bounds: [0, 1] });
    const moved = await norms[norm].size(sub(tied, x)).data();
    // The first has room for all; the second's pixels can rise by 0.05, 0.95 and 0.5.
    expect(moved[0]).toBeCloseTo(0.3, 4);
    expect(moved[1]).toBeCloseTo(0.3, 4);
  });
});
