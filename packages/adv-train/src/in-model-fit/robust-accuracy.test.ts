import '@tensorflow/tfjs-backend-cpu';
import { pgd, pgdAttack } from '@agoge/attacks';
import { type Batches, ensureGradients, fromLayersModel } from '@agoge/core';
import {
  argMax,
  equal,
  memory,
  oneHot,
  setBackend,
  sum,
  type Tensor,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { CustomCallback, callbacks, initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { wideAndNarrow } from '../../test/features';
import { standard } from '../objectives/standard';
import { fit } from '../train';
import { robustAccuracy } from './robust-accuracy';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const bounds = [0, 1] as const;
function stockModel(): LayersModel {
  const kernelInitializer = initializers.glorotUniform({ seed: 1 });
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [8, 8, 1] }),
      layers.dense({ units: 2, activation: 'softmax', kernelInitializer, name: 'dense' }),
    ],
  });
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  return model;
}
async function tensorsOf(data: Batches) {
  for await (const { x, shape, y } of data.batches({ batchSize: data.examples })) {
    return { xs: tensor4d(x, shape), y: tensor1d(y, 'int32') };
  }
  throw new Error('there is one batch');
}
const attacks = [pgdAttack({ eps: 0.05, steps: 2 })];
const data = wideAndNarrow(40, 2);

describe('robustAccuracy', () => {
  it("writes what withstands the attacks to tfjs's history, every so many epochs", async () => {
    const { xs, y } = await tensorsOf(wideAndNarrow(40, 1));
    const ys = tidy(() => oneHot(y, 2, 1, 0, 'float32'));
    const model = stockModel();
    const f = fromLayersModel(model, { bounds });
    const measured = robustAccuracy(f, { data, attacks, every: 2 });
    const { history } = await model.fit(xs, ys, { epochs: 4, verbose: 0, callbacks: measured });
    expect(history.loss).toHaveLength(4);

    const test = await tensorsOf(data);
    const { broken } = await pgd(f, test.xs, test.y, { eps: 0.05, steps: 2 });
    const right = tidy(() => sum(equal(argMax(model.predict(test.xs) as Tensor, 1), test.y)));
    expect(history.val_robust_accuracy).toHaveLength(2);
    expect(history.val_robust_accuracy[1]).toBe(broken.filter((each) => !each).length / 40);
    expect(history.val_clean_accuracy[1]).toBe((await right.data())[0] / 40);
    expect(history.val_robust_accuracy[1]).toBeLessThan(history.val_clean_accuracy[1] as number);
  });

  it("stops tfjs's training by what it finds, and keeps no tensor", async () => {
    const { xs, y } = await tensorsOf(wideAndNarrow(40, 1));
    const ys = tidy(() => oneHot(y, 2, 1, 0, 'float32'));
    const model = stockModel();
    const measured = robustAccuracy(fromLayersModel(model, { bounds }), { data, attacks });
    const run = () =>
      model.fit(xs, ys, {
        ...{ epochs: 9, verbose: 0 },
        callbacks: [
          new CustomCallback(measured),
          callbacks.earlyStopping({ monitor: 'val_robust_accuracy', patience: 1, minDelta: 1 }),
        ],
      });
    expect((await run()).epoch).toEqual([0, 1]);
    const before = memory().numTensors;
    await run();
    expect(memory().numTensors).toBe(before);
    expect(xs.isDisposed || ys.isDisposed).toBe(false);
  });

  it('serves our own loop too', async () => {
    const f = fromLayersModel(stockModel(), { bounds });
    const told: string[][] = [];
    const measured = robustAccuracy(f, { data, attacks });
    const after = { onEpochEnd: (_epoch: number, logs?: object) => void told.push(Object.keys(logs ?? {})) };
    await fit(f, wideAndNarrow(16, 1), {
      objective: standard(),
      epochs: 1,
      batchSize: 8,
      callbacks: [measured, after],
    });
    expect(told[0]).toContain('val_robust_accuracy');
  });

  it('ends with the signal', async () => {
    const { signal } = { signal: AbortSignal.abort(new Error('enough')) };
    const measured = robustAccuracy(fromLayersModel(stockModel(), { bounds }), { data, attacks, signal });
    await expect(measured.onEpochEnd(0, {})).rejects.toThrow('enough');
  });

  it('refuses what it cannot measure', () => {
    const f = fromLayersModel(stockModel(), { bounds });
    expect(() => robustAccuracy(f, { data, attacks: [{}] as never })).toThrow(/attacks must be an array of an attack/);
    expect(() => robustAccuracy(f, { attacks } as never)).toThrow(/data must be Batches/);
    expect(() => robustAccuracy(f, { data, attacks, each: 2 } as never)).toThrow(/unknown option "each"/);
    const wide = fromLayersModel(stockModel(), { bounds: [0, 255] });
    expect(() => robustAccuracy(wide, { data, attacks })).toThrow(/bounds/);
  });
});
