import '@tensorflow/tfjs-backend-cpu';
import { type Attack, memoryStore, readSafetensors, type Store, toTypedArray } from '@agoge/core';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { anyGap, brighter, gapsOf } from '../../test/gaps';
import { fgsmAttack } from '../fgsm';
import { pgdAttack } from '../pgd';
import type { RunAttacksOptions, RunnerResult } from './run-options';
import { runAttacks } from './runner';

const f = brighter();
const data = gapsOf(10, anyGap);
const attacks = [fgsmAttack({ eps: 0.1 }), pgdAttack({ eps: 0.2, steps: 3 })];
const options = { batchSize: 3, keep: 4, seed: 1 } satisfies RunAttacksOptions;

/** All but the time. */
const told = ({ attacks: summaries, ...rest }: RunnerResult) => ({
  ...rest,
  attacks: summaries.map(({ seconds: _, ...each }) => each),
});

/** A store that dies at its nth put or removal. */
function dyingAfter(store: Store, writes: number): Store {
  let left = writes;
  const live = () => {
    if (left-- === 0) throw new Error('killed');
  };
  return {
    ...store,
    async put(name, bytes) {
      live();
      await store.put(name, bytes);
    },
    async remove(name) {
      live();
      await store.remove(name);
    },
  };
}

describe('state', () => {
  it('of a run that died between any two writes: it goes on to the same result', async () => {
    for (const images of ['none', 'float32', 'uint8'] as const) {
      const whole = memoryStore();
      const wanted = await runAttacks(f, data, attacks, { ...options, state: { store: whole, images } });
      if (images === 'none') expect(told(wanted)).toEqual(told(await runAttacks(f, data, attacks, options)));
      for (let writes = 0; ; writes++) {
        const store = memoryStore();
        const dying = { store: dyingAfter(store, writes), images };
        const died = await runAttacks(f, data, attacks, { ...options, state: dying }).then(
          () => false,
          () => true,
        );
        const result = await runAttacks(f, data, attacks, { ...options, state: { store, images } });
        expect(told(result)).toEqual(told(wanted));
        expect(await store.list('')).toEqual(await whole.list(''));
        for (const name of (await store.list('')).filter((each) => each.endsWith('.safetensors'))) {
          const [mine, theirs] = [await store.get(name), await whole.get(name)];
          const { tensors } = readSafetensors(mine as Uint8Array);
          expect(tensors).toEqual(readSafetensors(theirs as Uint8Array).tensors);
        }
        if (!died) break;
      }
    }
  });

  it('goes on in the middle of a block, after the attack that was done', async () => {
    const store = memoryStore();
    await expect(runAttacks(f, data, attacks, { ...options, state: { store: dyingAfter(store, 3) } })).rejects.toThrow(
      'killed',
    );
    const calls: string[] = [];
    const watched = attacks.map(
      (attack): Attack => ({
        ...attack,
        run(...args) {
          calls.push(`${attack.name} from ${args[3].index[0]}`);
          return attack.run(...args);
        },
      }),
    );
    await runAttacks(f, data, watched, { ...options, state: { store } });
    // Removal, document, the first block after fgsm: pgd is the next.
    expect(calls[0]).toMatch(/^pgd from [012]$/);
    expect(calls.filter((each) => each.startsWith('fgsm'))).toHaveLength(3);
  });

  it('of a finished run gives its result without an attack; resume: false begins anew', async () => {
    const store = memoryStore();
    const state = { store, name: 'nightly' };
    const wanted = await runAttacks(f, data, attacks, { ...options, state });
    expect(await store.list('')).toEqual(
      ['nightly/000000000', 'nightly/000000003', 'nightly/000000006', 'nightly/000000009']
        .map((name) => `${name}.safetensors`)
        .concat('nightly/run.json'),
    );
    const idle = attacks.map((attack): Attack => ({ ...attack, run: () => Promise.reject(new Error('ran')) }));
    const before = memory().numTensors;
    expect(told(await runAttacks(f, data, idle, { ...options, state }))).toEqual(told(wanted));
    await expect(runAttacks(f, data, idle, { ...options, state: { ...state, resume: false } })).rejects.toThrow('ran');
    expect(memory().numTensors).toBe(before);
    const shorter = { ...options, examples: 4, state: { ...state, resume: false } };
    expect((await runAttacks(f, data, attacks, shorter)).records).toHaveLength(4);
    expect(await store.list('nightly/')).toHaveLength(3);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['another seed', () => again({ seed: 2 }), 'seed was 1, is 2'],
    ['another batch size', () => again({ batchSize: 4 }), 'batchSize was 3, is 4'],
    ['other examples', () => again({ examples: 9 }), 'examples was 10, is 9'],
    ['other images', () => again({}, { images: 'uint8' }), 'images was "none", is "uint8"'],
    ['a threat', () => again({ threat: { norm: 'linf', eps: 0.2 } }), 'threat was null, is there'],
    [
      'other data',
      () => again({}, {}, gapsOf(10, anyGap, { hash: 'other' })),
      'data.hash was "gaps of 10", is "other"',
    ],
    [
      'another attack',
      () => again({}, {}, data, [attacks[0], pgdAttack({ eps: 0.3, steps: 3 })]),
      'attacks.1.options.eps was 0.2, is 0.3',
    ],
    ['other weights', () => again({}, {}, data, attacks, trained()), 'model.weights was "'],
  ])('of %s is refused by name', async (_, run, message) => {
    await expect(run()).rejects.toThrow('runAttacks: state "run" is of another run: ');
    await expect(run()).rejects.toThrow(message);
    await expect(run()).rejects.toThrow('; set resume to false to begin anew, or give another name');
  });

  async function again(over: RunAttacksOptions, stateOver = {}, other = data, list = attacks, model = f) {
    const store = memoryStore();
    await runAttacks(f, data, attacks, { ...options, state: { store } });
    return runAttacks(model, other, list, { ...options, ...over, state: { store, ...stateOver } });
  }

  /** A model of other weights. */
  const trained = () => Object.assign(brighter(), { weights: () => [] });

  it('that is damaged is refused', async () => {
    const store = memoryStore();
    const state = { store };
    const wanted = await runAttacks(f, data, attacks, { ...options, state });
    const file = 'run/000000003.safetensors';
    const bytes = (await store.get(file)) as Uint8Array;
    const flipped = bytes.slice();
    flipped[flipped.length - 1] ^= 1;
    await store.put(file, flipped);
    const run = () => runAttacks(f, data, attacks, { ...options, state });
    await expect(run()).rejects.toThrow(`state "run": ${file}: is damaged: its checksum is another`);
    await store.put(file, bytes.subarray(0, 100));
    await expect(run()).rejects.toThrow(`state "run": ${file}: safetensors: `);
    await store.put('run/run.json', new TextEncoder().encode('{}'));
    await expect(run()).rejects.toThrow('state "run": schema must be "agoge/attack-run@1", got undefined');
    const anew = await runAttacks(f, data, attacks, { ...options, state: { store, resume: false } });
    expect(told(anew)).toEqual(told(wanted));
  });

  it('is not begun by a run that its door refuses, nor before a block is', async () => {
    const store = memoryStore();
    const nan = gapsOf(4, () => Number.NaN);
    await expect(runAttacks(f, nan, attacks, { state: { store } })).rejects.toThrow('x must be finite');
    await expect(runAttacks(f, data, attacks, { state: {} as never })).rejects.toThrow('state: store must be a Store');
    const bits = { store, images: 'uint4' } as never;
    await expect(runAttacks(f, data, attacks, { state: bits })).rejects.toThrow('state: images must be one of "none"');
    expect(await store.list('')).toEqual([]);
  });
});

describe('saved images', () => {
  const tensorsOf = async (store: Store, file: string) =>
    readSafetensors((await store.get(file)) as Uint8Array).tensors;
  const values = (entry: Parameters<typeof toTypedArray>[0] | undefined) =>
    entry && Array.from(toTypedArray(entry), Number);

  it('come as float32, one shard per block, numbered and labelled', async () => {
    const store = memoryStore();
    const { records, images } = await runAttacks(f, data, attacks, {
      ...options,
      keep: 10,
      state: { store, images: 'float32' },
    });
    for (const first of [0, 3, 6, 9]) {
      const shard = await tensorsOf(store, `run/00000000${first}.safetensors`);
      const mine = records.slice(first, first + 3);
      expect(values(shard.get('index'))).toEqual(mine.map(({ index }) => index));
      expect(values(shard.get('label'))).toEqual(mine.map(({ label }) => label));
      expect(values(shard.get('broken'))).toEqual(mine.map(({ brokenBy }) => Number(brokenBy !== null)));
      expect(shard.get('adversarial')).toMatchObject({ dtype: 'F32', shape: [mine.length, 1, 2, 1] });
      const kept = images.slice(first, first + 3).flatMap(({ adversarial }) => [...adversarial]);
      expect(values(shard.get('adversarial'))).toEqual(kept);
    }
  });

  it('as uint8 are looked at again: rounding may close what was broken, or leave the ball', async () => {
    // Gaps of a grey level and a bit: broken by a hair, which rounding undoes; and of half a level beyond eps.
    const fine = [2 / 255, 2.1 / 255, 0.3, 0.4 / 255];
    const close = gapsOf(fine.length, (example) => fine[example]);
    const store = memoryStore();
    const hair: Attack = {
      ...pgdAttack({ eps: 1.06 / 255, steps: 1, start: 'zero', stepSize: 1.06 / 255 }),
    };
    const { quantised, records } = await runAttacks(f, close, [hair], { state: { store, images: 'uint8' }, keep: 1 });
    const shard = await tensorsOf(store, 'run/000000000.safetensors');
    const [pixels, survived] = [values(shard.get('adversarial')) ?? [], values(shard.get('survived')) ?? []];
    expect(shard.get('adversarial')).toMatchObject({ dtype: 'U8', shape: [4, 1, 2, 1] });
    const expected = records.map(({ brokenBy }, i) => {
      const [left, right] = pixels.slice(2 * i, 2 * i + 2);
      const moves = [left / 255 - (0.5 + fine[i] / 2), right / 255 - (0.5 - fine[i] / 2)];
      const isInside = moves.every((each) => Math.abs(each) <= (1.06 / 255) * 1.001 + 1e-6);
      return Number(brokenBy !== null && right > left && isInside);
    });
    expect(survived).toEqual(expected);
    expect(quantised).toEqual({
      broken: records.filter(({ brokenBy }) => brokenBy !== null).length,
      survived: expected.filter(Boolean).length,
    });
    expect(quantised?.broken).toBeGreaterThan(quantised?.survived ?? 0);
    expect(quantised?.survived).toBeGreaterThan(0);
    expect(shard.get('strongest')).toMatchObject({ dtype: 'F32', shape: [1, 1, 2, 1] });
  });
});
