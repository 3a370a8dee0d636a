import { repairBackend } from '@agoge/backends';
import {
  cast,
  io,
  memory,
  oneHot,
  setBackend,
  type Tensor,
  tensor,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import {
  callbacks,
  initializers,
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  model as makeModel,
  regularizers,
  type Sequential,
  sequential,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Found, noise, onBoth, onnx } from '../test/on-both';
import './index';

beforeAll(async () => {
  await setBackend('cpu');
  repairBackend();
});

const seeded = (seed: number) => ({ kernelInitializer: initializers.glorotUniform({ seed }) });
const images = (n: number) => {
  const x = noise(n * 64, 1);
  const y = Int32Array.from({ length: n }, (_, i) => i % 3);
  // A class is a bright row.
  y.forEach((label, i) => {
    for (let j = 0; j < 8; j++) x[i * 64 + label * 16 + j] += 1;
  });
  return { x: tensor4d(x, [n, 8, 8, 1]), y: tidy(() => cast(oneHot(tensor1d(y, 'int32'), 3), 'float32')) };
};

function network(): Sequential {
  return sequential({
    layers: [
      layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 6,
        kernelSize: 3,
        padding: 'same',
        useBias: false,
        ...seeded(1),
      }),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.dropout({ rate: 0.25, seed: 5 }),
      layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, activation: 'tanh', ...seeded(2) }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 3, activation: 'softmax', kernelRegularizer: regularizers.l2({ l2: 1e-3 }), ...seeded(3) }),
    ],
  });
}

const weightsOf = async (model: LayersModel): Promise<Found> =>
  Object.fromEntries(await Promise.all(model.getWeights().map(async (each, i) => [`weight ${i}`, await each.data()])));

describe('a convolutional network', () => {
  it('is fitted as on cpu: losses, metrics, validation, callbacks, weights', async () => {
    await onBoth(async () => {
      const { x, y } = images(48);
      const model = network();
      model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      const seen: number[] = [];
      const { history } = await model.fit(x, y, {
        epochs: 3,
        batchSize: 10,
        shuffle: false,
        validationSplit: 0.25,
        verbose: 0,
        callbacks: {
          onBatchEnd: async (_batch: number, logs?: { loss?: number }) => void seen.push(logs?.loss as number),
        },
      });
      const patient = callbacks.earlyStopping({ monitor: 'loss', patience: 0, minDelta: 1 });
      const stopped = await model.fit(x, y, {
        epochs: 5,
        batchSize: 16,
        shuffle: false,
        verbose: 0,
        callbacks: patient,
      });
      const predicted = model.predict(x, { batchSize: 7 }) as Tensor;
      const scores = model.evaluate(x, y, { batchSize: 20 }) as Tensor[];
      const found = {
        seen,
        ...(history as Found),
        stopped: stopped.epoch,
        predicted: await predicted.data(),
        scores: await Promise.all(scores.map(async (each) => (await each.data())[0])),
        ...(await weightsOf(model)),
      };
      for (const each of [x, y, predicted, ...scores]) each.dispose();
      model.dispose();
      return found;
    });
  });

  it('is fitted step by step where nothing is read in between: a few graphs, each of whole steps', async () => {
    await setBackend('onnx');
    const { x, y } = images(240);
    const model = network();
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
    const settings = { epochs: 2, batchSize: 8, shuffle: false, verbose: 0, yieldEvery: 'never' } as const;
    await model.fit(x, y, settings);
    await model.fit(x, y, settings);
    const { compiled, runs } = onnx().report();
    const { numTensors } = memory();
    await model.fit(x, y, settings);
    expect(onnx().report().compiled).toBe(compiled);
    // Of 30 steps an epoch, a few in each.
    expect(onnx().report().runs - runs).toBeGreaterThan(8);
    expect(onnx().report().runs - runs).toBeLessThan(60);
    expect(compiled).toBeLessThan(runs / 2);
    expect(memory().numTensors).toBe(numTensors);
    for (const each of [x, y]) each.dispose();
    model.dispose();
  });

  it('is saved and loaded, and goes on', async () => {
    await onBoth(async () => {
      const { x, y } = images(12);
      const model = network();
      model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      await model.fit(x, y, { epochs: 2, batchSize: 6, shuffle: false, verbose: 0 });
      let kept: io.ModelArtifacts | undefined;
      await model.save(
        io.withSaveHandler(async (artifacts) => {
          kept = artifacts;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
        }),
      );
      const loaded = await loadLayersModel(io.fromMemory(kept as io.ModelArtifacts));
      const [before, after] = [model.predict(x) as Tensor, loaded.predict(x) as Tensor];
      expect(await after.data()).toEqual(await before.data());
      loaded.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      await loaded.fit(x, y, { epochs: 1, batchSize: 6, shuffle: false, verbose: 0 });
      const found = { before: await before.data(), ...(await weightsOf(loaded)) };
      for (const each of [x, y, before, after]) each.dispose();
      model.dispose();
      loaded.dispose();
      return found;
    });
  });
});

describe('other layers', () => {
  it.each(['lstm', 'gru'] as const)('%s learns as on cpu', async (kind) => {
    await onBoth(async () => {
      const recurrent = kind === 'lstm' ? layers.lstm : layers.gru;
      const model = sequential({
        layers: [
          recurrent({
            units: 4,
            inputShape: [5, 3],
            recurrentInitializer: initializers.glorotUniform({ seed: 2 }),
            ...seeded(1),
          } as never),
          layers.dense({ units: 1, ...seeded(3) }),
        ],
      });
      model.compile({ optimizer: 'rmsprop', loss: 'meanSquaredError' });
      const [x, y] = [tensor(noise(120, 1), [8, 5, 3]), tensor(noise(8, 2), [8, 1])];
      const { history } = await model.fit(x, y, { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 });
      const found = { ...(history as Found), ...(await weightsOf(model)) };
      for (const each of [x, y]) each.dispose();
      model.dispose();
      return found;
    });
  });

  it('a layer shared by two inputs learns from both', async () => {
    await onBoth(async () => {
      const [a, b] = [input({ shape: [6] }), input({ shape: [6] })];
      const shared = layers.dense({ units: 4, activation: 'elu', ...seeded(1) });
      const joined = layers.concatenate().apply([shared.apply(a) as never, shared.apply(b) as never]);
      const out = layers.dense({ units: 1, ...seeded(2) }).apply(joined) as never;
      const model = makeModel({ inputs: [a, b], outputs: out });
      model.compile({ optimizer: 'adagrad', loss: 'meanSquaredError' });
      const data = [1, 2].map((seed) => tensor(noise(48, seed), [8, 6]));
      const y = tensor(noise(8, 3), [8, 1]);
      const { history } = await model.fit(data, y, { epochs: 4, batchSize: 8, shuffle: false, verbose: 0 });
      const found = { ...(history as Found), ...(await weightsOf(model)) };
      for (const each of [...data, y]) each.dispose();
      model.dispose();
      return found;
    });
  });
});
