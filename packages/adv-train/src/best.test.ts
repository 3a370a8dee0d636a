import '@tensorflow/tfjs-backend-cpu';
import { type Batches, ensureGradients, memoryStore } from '@agoge/core';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { loadBest } from './checkpoint';
import { bestOf, type EpochRecord } from './history';
import { adversarialTraining } from './objectives/adversarial-training';
import { constant } from './schedules';
import { fit, train } from './train';
import type { TrainOptions } from './train-options';
import { ema } from './weight-average';
import { saveWeights } from './weights';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const data = threeShades(26, 1);

/** A network that takes all images for the first class, however it is trained here. */
const net = () => handMadeNet({ seed: 4, weights: { 'fc.bias': [50, 0, 0] } });

/** A run whose validations find `wrong[epoch]` of 8 images wrong, by what they are said to be. */
function setup(wrong: readonly number[], more: Partial<TrainOptions> = {}, from = 0) {
  let call = from;
  const shades = threeShades(8, 2);
  const scripted: Batches = {
    ...shades,
    hash: 'scripted',
    async *batches(options) {
      const count = wrong[call++];
      for await (const batch of shades.batches(options))
        yield { ...batch, y: batch.y.map((_, i) => Number(i < count)) };
    },
  };
  const options: TrainOptions = {
    objective: adversarialTraining({ eps: 0.05, steps: 2 }),
    epochs: wrong.length,
    batchSize: 8,
    schedule: constant({ learningRate: 0.001 }),
    validation: { data: scripted, attacks: [] },
    ...more,
  };
  return { options, calls: () => call };
}

describe('the best epoch', () => {
  it('is kept with its weights beside the last, also by a run that was left', async () => {
    const wrong = [6, 3, 1, 5, 1];
    const store = memoryStore();
    const place = { store, name: 'run' };
    const weights: Uint8Array[] = [];
    const model = net();
    const { options } = setup(wrong, { checkpoint: place });
    for await (const { validation } of train(model, data, options)) {
      if (validation) weights.push(await saveWeights(model));
      if (weights.length === 3) break;
    }
    const files = await store.list('run.');
    expect(files).toHaveLength(3);
    expect(files).toContainEqual(expect.stringMatching(/^run\.best\.[0-9a-f]{16}\.safetensors$/));

    const resumed = net();
    const history = await fit(resumed, data, setup(wrong, { checkpoint: place }, 3).options);
    expect(history.epochs).toHaveLength(5);
    expect(history.best?.epoch).toBe(2);
    expect(history.best?.robustAccuracy).toBe(history.epochs[2].robustAccuracy);
    expect(history.epochs.map(({ belowBest }) => Math.round(8 * (belowBest ?? -1)))).toEqual([0, 0, 0, 4, 0]);
    const { accuracy, robustAccuracy = Number.NaN, robustGap } = history.epochs[3];
    expect(robustGap).toBe(accuracy - robustAccuracy);

    const best = net();
    expect(await loadBest(best, place)).toEqual(history.best);
    expect(await saveWeights(best)).toEqual(weights[2]);
    expect(await saveWeights(resumed)).not.toEqual(weights[2]);
    expect(await store.list('run.')).toHaveLength(3);
  });

  it('is of the average, where there is one', async () => {
    const place = { store: memoryStore(), name: 'run' };
    const [average, best] = [net(), net()];
    await fit(net(), data, setup([1], { checkpoint: place, average: ema({ model: average }) }).options);
    await loadBest(best, place);
    expect(await saveWeights(best)).toEqual(await saveWeights(average));
  });

  it('says what is missing', async () => {
    const place = { store: memoryStore(), name: 'run' };
    await expect(loadBest(net(), place)).rejects.toThrow('loadBest: checkpoint "run" is not there');
    const { validation: _, ...options } = setup([1], { checkpoint: place }).options;
    await fit(net(), data, options);
    await expect(loadBest(net(), place)).rejects.toThrow('checkpoint "run" has no best epoch: none was validated');
  });

  it('is refused, and the run too, where its file is damaged or gone', async () => {
    const store = memoryStore();
    const place = { store, name: 'run' };
    const { options } = setup([2, 2], { checkpoint: place });
    await fit(net(), data, options);
    const file = (await store.list('run.best.'))[0];
    const bytes = (await store.get(file)) ?? new Uint8Array();
    await store.put(file, bytes.with(bytes.length - 1, bytes[bytes.length - 1] ^ 1));
    await expect(loadBest(net(), place)).rejects.toThrow('is damaged: it has another sha256');
    await store.remove(file);
    await expect(fit(net(), data, options)).rejects.toThrow(`its file "${file}" is missing`);
  });

  it('is the first among equals', () => {
    const epochs = [0.5, undefined, 0.7, 0.7, 0.6].map(
      (robustAccuracy, epoch) =>
        ({ epoch, ...(robustAccuracy && { robustAccuracy, cleanAccuracy: 1 }) }) as EpochRecord,
    );
    expect(bestOf(epochs)).toEqual({ epoch: 2, robustAccuracy: 0.7, cleanAccuracy: 1 });
    expect(bestOf([])).toBeUndefined();
  });
});

describe('earlyStop', () => {
  it.each([
    ['after so many validations without a rise', [6, 3, 4, 3, 2], { patience: 2 }, 4],
    ['where the rises are too small', [6, 5, 4, 3, 2], { patience: 2, minDelta: 0.3 }, 3],
    ['never while it rises', [6, 5, 4, 3, 2], { patience: 1 }, undefined],
  ] as const)('ends the run %s', async (_name, wrong, earlyStop, epochs) => {
    const { options, calls } = setup(wrong, { earlyStop });
    const history = await fit(net(), data, options);
    expect(history.epochs).toHaveLength(epochs ?? 5);
    expect(history.stopped).toBe(epochs && 'earlyStop');
    expect(calls()).toBe(epochs ?? 5);
  });

  it('is known to a run that goes on, and to one that had ended', async () => {
    const wrong = [6, 3, 4, 3, 2];
    const checkpoint = { store: memoryStore(), name: 'run' };
    const earlyStop = { patience: 2 };
    const { options } = setup(wrong, { earlyStop, checkpoint });
    for await (const { validation, epoch } of train(net(), data, options)) {
      if (validation && epoch === 2) break;
    }
    const resumed = setup(wrong, { earlyStop, checkpoint }, 3);
    expect((await fit(net(), data, resumed.options)).stopped).toBe('earlyStop');
    expect(resumed.calls()).toBe(4);
    const again = setup(wrong, { earlyStop, checkpoint });
    expect((await fit(net(), data, again.options)).epochs).toHaveLength(4);
    expect(again.calls()).toBe(0);
  });
});
