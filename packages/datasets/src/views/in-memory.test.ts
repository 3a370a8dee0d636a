import type { Batches } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { fromArrays } from '../from-arrays';
import { counting } from './counting.fixture';
import { inMemory } from './in-memory';
import { pixelStore } from './pixel-store';
import { skip } from './take';

const levels = Float32Array.from({ length: 256 }, (_, level) => level / 255);

describe('inMemory', () => {
  it('keeps what is read, with labels, targets, numbers and hash', async () => {
    const bytes = fromArrays({
      x: Uint8Array.from({ length: 256 }, (_, i) => i),
      shape: [64, 2, 2, 1],
      y: Int32Array.from({ length: 64 }, (_, i) => i % 2),
      classes: 2,
      target: new Float32Array(128).fill(0.5),
    });
    const source = skip(bytes, 5);
    const progress: number[] = [];
    const kept = await inMemory(source, {
      batchSize: 10,
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    expect(kept.hash).toBe(source.hash);
    expect([kept.labels, kept.numbers, kept.targets]).toEqual([source.labels, source.numbers, source.targets]);
    const rows = Uint32Array.from({ length: 59 }, (_, i) => (i * 7) % 59);
    const [a, b] = [new Float32Array(236), new Float32Array(236)];
    await kept.read(rows, a);
    await source.read(rows, b);
    expect(a).toEqual(b);
    expect([progress.length, progress.at(-1)]).toEqual([6, 1]);
  });

  it('reads its source once', async () => {
    let read = 0;
    const all = counting(9);
    const kept = await inMemory({
      ...all,
      batches(options) {
        read++;
        return all.batches(options);
      },
    });
    for await (const { x, index } of kept.batches({ batchSize: 2, seed: 1 })) {
      expect([...x]).toEqual([...index].flatMap((each) => [Math.fround(each / 9), 1]));
    }
    expect(read).toBe(1);
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    const options = { batchSize: 2, signal: controller.signal, onProgress };
    await expect(inMemory(counting(9), options)).rejects.toThrow('enough');
  });

  it.each([
    [8, 'inMemory: more came than the 8 examples that data have'],
    [10, 'inMemory: 9 came of the 10 examples that data have'],
  ])('refuses data that say they have %i of their 9 examples', async (examples, message) => {
    const data: Batches = { ...counting(9), examples };
    await expect(inMemory(data)).rejects.toThrow(message);
  });

  it('refuses bad options', async () => {
    await expect(inMemory(counting(9), { batchSize: 0 })).rejects.toThrow('inMemory: batchSize must be');
    await expect(inMemory(counting(9), { depth: 1 } as never)).rejects.toThrow('inMemory: unknown option "depth"');
  });
});

describe('pixelStore', () => {
  it('keeps 255ths as bytes', () => {
    const store = pixelStore(256);
    store.set(levels.subarray(0, 100), 0);
    store.set(levels.subarray(100), 100);
    expect(store.whole()).toEqual(Uint8Array.from({ length: 256 }, (_, i) => i));
  });

  it.each([0.5, -0, -1 / 255, 256 / 255, NaN, Infinity, -0.001, Math.fround(0.2) + 2 ** -24])(
    'keeps float32 where one is %s',
    (odd) => {
      const store = pixelStore(512);
      store.set(levels, 0);
      store.set(
        Float32Array.from(levels, (level, i) => (i === 200 ? odd : level)),
        256,
      );
      const whole = store.whole();
      expect(whole).toBeInstanceOf(Float32Array);
      expect(whole.subarray(0, 256)).toEqual(levels);
      expect([whole[455], whole[456], whole[511]]).toEqual([levels[199], Math.fround(odd), 1]);
    },
  );
});
