import type { Batches } from '@agoge/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromArrays } from '../from-arrays';
import { counting } from './counting.fixture';
import { prefetched } from './prefetched';

const turns = async (n: number) => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setTimeout(resolve, 0));
};

/** Counts to 12 two by two; the batch of place `fails` is an error; `seen` is how many were asked for. */
function source({ fails = Infinity, slow = false } = {}) {
  const state = { seen: 0, ended: 0 };
  const all = counting(12);
  const data: Batches = {
    ...all,
    async *batches(options) {
      try {
        for await (const batch of all.batches(options)) {
          if (state.seen++ === fails) throw new Error('broken');
          if (slow) await turns(3);
          yield batch;
        }
      } finally {
        state.ended++;
      }
    },
  };
  return { data, state };
}

let unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeEach(() => {
  unhandled = [];
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await turns(3);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

describe('prefetched', () => {
  it.each([1, 2, 4])('reads %i ahead while the caller computes, and no more', async (depth) => {
    const { data, state } = source();
    let before = 0;
    for await (const { index } of prefetched(data, { depth }).batches({ batchSize: 2 })) {
      expect([...index]).toEqual([2 * before, 2 * before + 1]);
      before++;
      await turns(depth + 4);
      expect(state.seen).toBe(Math.min(6, before + depth));
    }
    expect(before).toBe(6);
    expect(state.ended).toBe(1);
  });

  it('hands a batch over before it reads the next', async () => {
    const { data, state } = source();
    const batches = prefetched(data, { depth: 3 }).batches({ batchSize: 2 })[Symbol.asyncIterator]();
    expect(state.seen).toBe(0);
    await batches.next();
    expect(state.seen).toBe(1);
    await batches.return?.();
  });

  it.each([0, 1, 4])('throws an error in place of batch %i, after those before it', async (fails) => {
    const { data, state } = source({ fails });
    let before = 0;
    const run = async () => {
      for await (const _ of prefetched(data, { depth: 3 }).batches({ batchSize: 2 })) {
        before++;
        await turns(8);
      }
    };
    await expect(run()).rejects.toThrow('broken');
    expect(before).toBe(fails);
    expect(state).toEqual({ seen: fails + 1, ended: 1 });
  });

  it.each([false, true])('an abort comes in place of the next batch, whatever lies ready (slow: %s)', async (slow) => {
    const { data, state } = source({ slow });
    const controller = new AbortController();
    let before = 0;
    const run = async () => {
      for await (const _ of prefetched(data, { depth: 3 }).batches({ batchSize: 2, signal: controller.signal })) {
        before++;
        if (!slow) await turns(8);
        controller.abort(new Error('enough'));
      }
    };
    await expect(run()).rejects.toThrow('enough');
    expect(before).toBe(1);
    expect(state.ended).toBe(1);
    expect(state.seen).toBeLessThanOrEqual(4);
  });

  it.each([false, true])('ends the reading where the caller leaves (slow: %s)', async (slow) => {
    const { data, state } = source({ slow });
    for await (const _ of prefetched(data).batches({ batchSize: 2 })) break;
    const { seen } = state;
    await turns(10);
    expect(state).toEqual({ seen, ended: 1 });
  });

  it('reads nothing for a caller that takes nothing', async () => {
    const { data, state } = source();
    const batches = prefetched(data).batches({ batchSize: 2 })[Symbol.asyncIterator]();
    await turns(2);
    await batches.return?.();
    expect(state.seen).toBe(0);
  });

  it('goes round in as many arrays as are held and read ahead', async () => {
    const [n, depth, holds] = [20, 2, 1];
    const data = fromArrays({
      x: Uint8Array.from({ length: n }, (_, i) => i),
      shape: [n, 1, 1, 1],
      y: new Int32Array(n),
      classes: 2,
    });
    const buffers = new Set<ArrayBufferLike>();
    let place = 0;
    for await (const { x } of prefetched(data, { depth }).batches({ batchSize: 1, holds })) {
      await turns(depth + 4);
      expect(x[0]).toBe(Math.fround(place++ / 255));
      buffers.add(x.buffer);
    }
    expect(place).toBe(n);
    expect(buffers.size).toBe(depth + holds);
  });

  it('refuses bad options', () => {
    expect(() => prefetched(counting(3), { depth: 0 })).toThrow('prefetched: depth must be an integer >= 1, got 0');
    expect(() => prefetched(counting(3), { dept: 2 } as never)).toThrow('unknown option "dept"; did you mean "depth"?');
    expect(() => prefetched(counting(3)).batches({ batchSize: 0 })).toThrow('batches: batchSize must be');
  });
});
