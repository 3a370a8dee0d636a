import '@tensorflow/tfjs-backend-cpu';
import { backend, scalar, setBackend, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BackendHooks, Progress } from './contracts';
import { fromFunction } from './from-function';
import { frozen } from './frozen';
import { partOf, step, stopwatch } from './step';

beforeAll(async () => {
  await setBackend('cpu');
});

const hooks = () => backend() as BackendHooks;
afterEach(() => {
  delete hooks().flush;
  delete hooks().freeze;
});

describe('step', () => {
  it('flushes the backend before it tells the progress', async () => {
    const order: string[] = [];
    hooks().flush = async () => {
      order.push('flush');
    };
    const told: Progress[] = [];
    await step({ onProgress: (p) => told.push(p) && order.push('progress') }, { done: 1, total: 2, note: 'x' });
    expect(order).toEqual(['flush', 'progress']);
    expect(told).toEqual([{ done: 1, total: 2, note: 'x' }]);
    await step({});
  });

  it('lets an abort from elsewhere take effect, with its reason', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 5);
    const loop = async () => {
      for (;;) await step({ signal: controller.signal });
    };
    await expect(loop()).rejects.toThrow('enough');
  });

  it('passes on what the progress callback throws', async () => {
    const onProgress = () => {
      throw new Error('callback');
    };
    await expect(step({ onProgress }, { done: 0, total: 1 })).rejects.toThrow('callback');
  });
});

describe('frozen', () => {
  const weight = () => scalar(1);
  const classifier = (weights?: () => Tensor[]) =>
    fromFunction((x) => x as never, { bounds: [0, 1], classes: 2, ...(weights && { weights }) });

  it('freezes the weights for the body alone, and thaws when it fails', async () => {
    const thaw = vi.fn();
    const freeze = vi.fn((_: readonly Tensor[]) => thaw);
    hooks().freeze = freeze;
    const w = weight();
    const result = await frozen(
      classifier(() => [w]),
      async () => {
        expect(thaw).not.toHaveBeenCalled();
        return 7;
      },
    );
    expect(result).toBe(7);
    expect(freeze.mock.calls[0][0]).toEqual([w]);
    expect(thaw).toHaveBeenCalledTimes(1);
    await expect(
      frozen(
        classifier(() => [w]),
        async () => Promise.reject(new Error('body')),
      ),
    ).rejects.toThrow('body');
    expect(thaw).toHaveBeenCalledTimes(2);
  });

  it('runs the body without a hook or without known weights', async () => {
    expect(
      await frozen(
        classifier(() => [weight()]),
        async () => 1,
      ),
    ).toBe(1);
    hooks().freeze = vi.fn(() => () => {});
    expect(await frozen(classifier(), async () => 2)).toBe(2);
    expect(hooks().freeze).not.toHaveBeenCalled();
  });
});

describe('partOf', () => {
  it('tells the progress of the whole, never beyond the part, and leaves out the seconds left in it', () => {
    const told: Progress[] = [];
    const second = partOf((progress) => told.push(progress), 1, 4);
    second?.({ done: 0, total: 0 });
    second?.({ done: 3, total: 6, note: 'half', secondsLeft: 5 });
    second?.({ done: 7, total: 6 });
    expect(told).toEqual([
      { done: 1, total: 4 },
      { done: 1.5, total: 4, note: 'half' },
      { done: 2, total: 4 },
    ]);
    expect(partOf(undefined, 0, 1)).toBeUndefined();
  });
});

describe('stopwatch', () => {
  it('tells the seconds left at the pace since it began', () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const secondsLeft = stopwatch(20, 100);
    now.mockReturnValue(7000);
    expect(secondsLeft(20)).toBeUndefined();
    expect(secondsLeft(40)).toBeCloseTo(18, 9);
    expect(secondsLeft(100)).toBe(0);
    now.mockRestore();
  });
});
