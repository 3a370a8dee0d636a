import '@tensorflow/tfjs-backend-cpu';
import { fgsmAttack } from '@agoge/attacks';
import {
  ensureGradients,
  FormatError,
  fromLayersModel,
  isUserError,
  memoryStore,
  type Store,
  type Trainable,
} from '@agoge/core';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import type { History } from './history';
import { adversarialTraining } from './objectives/adversarial-training';
import { standard } from './objectives/standard';
import { constant, cosine } from './schedules';
import { sgd } from './sgd';
import { fit, train } from './train';
import type { TrainOptions } from './train-options';
import { saveWeights } from './weights';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const data = threeShades(26, 1);
/** Batch normalisation, a short last batch, noise, a schedule that moves, validation: 2 epochs of 3 steps of the first images. */
const few = threeShades(18, 1);
const setup: TrainOptions = {
  objective: adversarialTraining({ eps: 0.05, steps: 1 }),
  epochs: 2,
  batchSize: 8,
  optimizer: sgd({ nesterov: true }),
  schedule: cosine({ learningRate: 0.05 }),
  seed: 11,
  validation: { data: threeShades(6, 2), attacks: [fgsmAttack({ eps: 0.05 })] },
};
const layersModel = (): Trainable =>
  fromLayersModel(
    sequential({
      layers: [
        layers.conv2d({
          name: 'conv',
          filters: 2,
          kernelSize: 3,
          inputShape: [8, 8, 2],
          kernelInitializer: initializers.randomNormal({ seed: 5 }),
        }),
        layers.batchNormalization({ name: 'bn' }),
        layers.flatten(),
        layers.dense({ name: 'fc', units: 3, kernelInitializer: initializers.randomNormal({ seed: 6 }) }),
      ],
    }),
    { bounds: [0, 1] },
  );
const models: [string, () => Trainable][] = [
  ['functions and variables', () => handMadeNet({ seed: 4 })],
  ['a layers model', layersModel],
];

const withoutTimes = ({ epochs }: History) => epochs.map((each) => ({ ...each, seconds: 0 }));

/** Makes so many steps and leaves. */
async function leaveAfter(steps: number, model: Trainable, options: TrainOptions, images = data): Promise<void> {
  for await (const { step } of train(model, images, options)) if (step === steps) return;
}

describe.each(models)('a run of %s', (_name, make) => {
  it('goes on with the same numbers from wherever it was left', { timeout: 120_000 }, async () => {
    const whole = make();
    const history = await fit(whole, few, setup);
    const weights = await saveWeights(whole);
    for (const steps of [1, 2, 3, 5, 6]) {
      const options = { ...setup, checkpoint: { store: memoryStore(), name: 'run', every: 2 } };
      await leaveAfter(steps, make(), options, few);
      const model = make();
      expect(withoutTimes(await fit(model, few, options))).toEqual(withoutTimes(history));
      expect(await saveWeights(model)).toEqual(weights);
    }
  });
});

describe('a checkpoint', () => {
  const place = (store: Store, every?: number) => ({ store, name: 'runs/a', ...(every && { every }) });
  const small: TrainOptions = {
    objective: standard(),
    epochs: 2,
    batchSize: 8,
    schedule: constant({ learningRate: 0.1 }),
  };
  const names = (store: Store) => store.list('');

  it('is one JSON and one file of tensors, named after their hash', async () => {
    const store = memoryStore();
    await store.put('runs/a.notes.txt', new Uint8Array(1));
    await fit(handMadeNet(), data, { ...small, checkpoint: place(store, 1) });
    const [tensors, json, ...rest] = await names(store);
    expect(tensors).toMatch(/^runs\/a\.[0-9a-f]{16}\.safetensors$/);
    expect([json, ...rest]).toEqual(['runs/a.json', 'runs/a.notes.txt']);
    const record = JSON.parse(new TextDecoder().decode(await store.get(json)));
    expect(record).toMatchObject({
      schema: 'agoge/checkpoint@2',
      tensors: { file: tensors },
      state: { epoch: 2, batch: 0, step: 8, history: [{ epoch: 0 }, { epoch: 1 }] },
      setup: { batchSize: 8, objective: { name: 'standard' }, data: { hash: data.hash } },
      versions: { '@tensorflow/tfjs-core': '4.22.0' },
    });
  });

  it('of a finished run gives its weights and history at once', async () => {
    const options = { ...small, checkpoint: place(memoryStore()), resume: 'auto' as const };
    const [one, two] = [handMadeNet({ seed: 1 }), handMadeNet({ seed: 2 })];
    const history = await fit(one, data, options);
    const before = memory().numTensors;
    expect(await fit(two, data, options)).toEqual(history);
    expect(memory().numTensors).toBe(before);
    expect(await saveWeights(two)).toEqual(await saveWeights(one));
  });

  it('is left by an abort at its step, and replaced where resume is false', async () => {
    const store = memoryStore();
    const options = { ...small, checkpoint: place(store) };
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 6 && controller.abort();
    await expect(fit(handMadeNet(), data, { ...options, onProgress, signal: controller.signal })).rejects.toThrow();
    const [, json] = await names(store);
    const state = async () => JSON.parse(new TextDecoder().decode(await store.get(json))).state;
    expect(await state()).toMatchObject({ epoch: 1, batch: 2, step: 6 });
    await leaveAfter(4, handMadeNet({ seed: 9 }), { ...options, seed: 5, resume: false });
    expect(await state()).toMatchObject({ epoch: 1, step: 4 });
    await fit(handMadeNet(), data, { ...options, seed: 5 });
    expect(await state()).toMatchObject({ epoch: 2, step: 8 });
  });

  it('survives a death between any two writes', async () => {
    const wanted = handMadeNet({ seed: 3 });
    await fit(wanted, data, small);
    for (let deaths = 1; deaths <= 11; deaths++) {
      const store = memoryStore();
      let writes = 0;
      const mortal = async (write: () => Promise<void>) => {
        if (++writes === deaths) throw new Error('killed');
        await write();
      };
      const dying: Store = {
        ...store,
        put: (name, bytes) => mortal(() => store.put(name, bytes)),
        remove: (name) => mortal(() => store.remove(name)),
      };
      await fit(handMadeNet({ seed: 3 }), data, { ...small, checkpoint: place(dying, 2) }).catch(() => undefined);
      const model = handMadeNet({ seed: 3 });
      await fit(model, data, { ...small, checkpoint: place(store, 2) });
      expect(await saveWeights(model)).toEqual(await saveWeights(wanted));
      // After the last death, in the finished run, nothing is written that would clear up.
      expect(await names(store)).toHaveLength(deaths < 11 ? 2 : 3);
    }
  });

  it('is refused at once where an option is no JSON', async () => {
    const odd = { ...standard(), options: { weight: Number.NaN } };
    const failure = fit(handMadeNet(), data, { ...small, objective: odd, checkpoint: place(memoryStore()) });
    await expect(failure).rejects.toThrow('value.objective.options.weight must be a finite number, got NaN');
  });

  it('must be there where resume is true', async () => {
    const failure = fit(handMadeNet(), data, { ...small, checkpoint: place(memoryStore()), resume: true });
    await expect(failure).rejects.toThrow('fit: resume needs the checkpoint "runs/a", which is not there');
  });

  const others: [string, Partial<TrainOptions>, (() => Trainable)?, typeof data?][] = [
    ['batchSize was 8, is 4', { batchSize: 4 }],
    ['epochs was 2, is 3; set resume to false', { epochs: 3 }],
    ['seed was 0, is 1', { seed: 1 }],
    ['objective.name was "standard", is "adversarialTraining"', { objective: adversarialTraining({ eps: 0.1 }) }],
    ['objective.options.labelSmoothing was 0, is 0.1', { objective: standard({ labelSmoothing: 0.1 }) }],
    ['optimizer.options.momentum was 0.9, is 0.5', { optimizer: sgd({ momentum: 0.5 }) }],
    ['schedule.options.learningRate was 0.1, is 0.2', { schedule: constant({ learningRate: 0.2 }) }],
    ['validation was null, is there', { validation: { data, attacks: [] } }],
    ['parameters.conv1.kernel was there, is absent', {}, layersModel],
    ['data.hash was "', {}, undefined, threeShades(26, 5)],
  ];
  it.each(others)('of another run is refused: %s', async (difference, change, make = handMadeNet, other = data) => {
    const store = memoryStore();
    const checkpoint = place(store);
    await leaveAfter(4, handMadeNet(), { ...small, checkpoint });
    const before = await names(store);
    const model = make();
    const weights = await saveWeights(model);
    const error = await fit(model, other, { ...small, ...change, checkpoint }).catch((reason: unknown) => reason);
    expect((error as Error).message).toContain(`fit: checkpoint "runs/a" is of another run: `);
    expect((error as Error).message).toContain(difference);
    expect(isUserError(error)).toBe(true);
    expect(await names(store)).toEqual(before);
    expect(await saveWeights(model)).toEqual(weights);
  });

  it('that is damaged is refused, and nothing is lost', async () => {
    const store = memoryStore();
    const options = { ...small, checkpoint: place(store) };
    await leaveAfter(4, handMadeNet(), options);
    const model = handMadeNet({ seed: 7 });
    const weights = await saveWeights(model);
    for (const name of await names(store)) {
      const whole = (await store.get(name)) ?? new Uint8Array();
      const damages = [
        new Uint8Array(),
        whole.subarray(0, whole.length - 3),
        ...[0.1, 0.3, 0.5, 0.7, 0.9].map((part) => {
          const at = Math.floor(part * whole.length);
          // A digit for a digit, a letter for a letter: JSON stays JSON.
          return whole.with(at, whole[at] ^ 1);
        }),
      ];
      for (const damaged of damages) {
        await store.put(name, damaged);
        const error = await fit(model, data, options).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(FormatError);
        expect((error as Error).message).toContain('fit: checkpoint "runs/a"');
        expect(await store.get(name)).toEqual(damaged);
      }
      await store.put(name, whole);
    }
    const [tensors] = await names(store);
    const bytes = (await store.get(tensors)) ?? new Uint8Array();
    await store.remove(tensors);
    await expect(fit(model, data, options)).rejects.toThrow(`its file "${tensors}" is missing`);
    await store.put(tensors, bytes);
    expect(await saveWeights(model)).toEqual(weights);
    await fit(model, data, options);
  });
});
