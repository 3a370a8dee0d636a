import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients, memoryStore, modes, type Trainable } from '@agoge/core';
import { conv2d, memory, moments, setBackend, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { awp } from './awp';
import { adversarialTraining } from './objectives/adversarial-training';
import { standard } from './objectives/standard';
import { constant } from './schedules';
import { sgd } from './sgd';
import { estimateStatistics } from './statistics';
import { fit, train } from './train';
import { ema, swa } from './weight-average';
import { saveWeights } from './weights';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const data = threeShades(24, 1);
const setup = { objective: standard(), epochs: 3, batchSize: 8, schedule: constant({ learningRate: 0.05 }) };
const net = (seed = 4) => handMadeNet({ activation: 'silu', seed });
const valuesOf = async (model: Trainable) =>
  (await Promise.all(model.parameters().map(({ variable }) => variable.data()))).flatMap((each) => [...each]);

/** The weights after each step of a run. */
async function path(average: ReturnType<typeof ema>): Promise<number[][]> {
  const model = net();
  const weights: number[][] = [];
  for await (const _ of train(model, data, { ...setup, average })) weights.push(await valuesOf(model));
  return weights;
}

function expectNear(got: readonly number[], wanted: readonly number[], within = 2e-6) {
  expect(got.length).toBe(wanted.length);
  expect(Math.max(...got.map((each, i) => Math.abs(each - wanted[i])))).toBeLessThan(within);
}

describe('ema', () => {
  it('is the recursion of its docstring, in float64', async () => {
    const model = net(9);
    const weights = await path(ema({ model, decay: 0.4, warmUp: 0.25 }));
    let mean = weights[0];
    weights.forEach((w, i) => {
      const done = i + 1;
      const kept = done <= 0.25 * 9 ? 0 : Math.min(0.4, (1 + done) / (10 + done));
      mean = mean.map((each, k) => kept * each + (1 - kept) * w[k]);
    });
    expectNear(await valuesOf(model), mean);
    expect(Math.max(...mean.map((each, k) => Math.abs(each - weights[8][k])))).toBeGreaterThan(1e-3);
  });

  it('is what is validated', async () => {
    const model = net(9);
    const validation = { data: threeShades(12, 3), attacks: [] };
    const untouched = { ...ema({ model }), update: () => undefined };
    const { epochs } = await fit(net(), data, { ...setup, epochs: 12, average: untouched, validation });
    expect(new Set(epochs.map(({ cleanAccuracy }) => cleanAccuracy)).size).toBe(1);
  });
});

describe('swa', () => {
  it('is the mean over the ends of the epochs it counts, with statistics of its own', async () => {
    const model = net(9);
    const weights = await path(swa({ model, from: 1 }));
    expectNear(
      await valuesOf(model),
      weights[5].map((each, k) => (each + weights[8][k]) / 2),
    );
    const [first] = model.buffers();
    const got = [...(await first.variable.data())];
    await estimateStatistics(model, data, { batchSize: 24 });
    // Batches of 8 have other variances than one of 24, but the same means.
    expectNear([...(await first.variable.data())], got, 1e-5);
  });
});

describe('estimateStatistics', () => {
  it('gives the mean and variance of the activations themselves', async () => {
    const model = net();
    const before = memory().numTensors;
    await estimateStatistics(model, data, { batchSize: 24 });
    expect(memory().numTensors).toBe(before);
    const pixels = new Float32Array(24 * 128);
    for await (const batch of data.batches({ batchSize: 24 })) pixels.set(batch.x);
    const batch = tensor4d(pixels, [24, 8, 8, 2]);
    const [kernel] = model.parameters();
    const { mean, variance } = tidy(() => moments(conv2d(batch, kernel.variable as never, 1, 'same'), [0, 1, 2]));
    const [center, spread] = model.buffers();
    expectNear([...(await center.variable.data())], [...(await mean.data())], 1e-5);
    const n = 24 * 64;
    expectNear(
      [...(await spread.variable.data())],
      [...(await variance.data())].map((each) => (each * n) / (n - 1)),
      1e-5,
    );
    const [a, b] = ['running', 'batch'] as const;

    const logits = [a, b].map((statistics) => model.forward(batch, { ...modes.evaluate, statistics }).data());
    expectNear([...(await logits[0])], [...(await logits[1])], 1e-2);
  });
});

describe('a batch in parts', () => {
  it('of the whole size is the batch, bit for bit; in parts it has their mean gradient', async () => {
    const objective = adversarialTraining({ eps: 0.05, steps: 1 });
    const weights = async (microBatch?: number) => {
      const model = net();
      await fit(model, data, {
        ...setup,
        objective,
        epochs: 1,
        optimizer: sgd({ momentum: 0 }),
        ...(microBatch && { microBatch }),
      });
      return valuesOf(model);
    };
    const [whole, one, parts] = [await weights(), await weights(8), await weights(3)];
    expect(one).toEqual(whole);
    // Parts of 3, 3 and 2 have their own batch statistics: near, and not the same.
    expectNear(parts, whole, 0.05);
    expect(parts).not.toEqual(whole);
  });
});

it('refuses an average that is the model itself, or of another form', async () => {
  const model = net();
  const run = (average: ReturnType<typeof ema>) => fit(model, data, { ...setup, average });
  await expect(run(ema({ model }))).rejects.toThrow('fit: average: model must be another copy of the network');
  const other = handMadeNet({ activation: 'pssilu' });
  await expect(run(ema({ model: other }))).rejects.toThrow("fit: average: model must be of the trained model's form");
});

it('goes on from a checkpoint with its average and its perturbed weights, to the same bits', async () => {
  const make = () => {
    const average = ema({ model: net(9), decay: 0.5 });
    const weightPerturbation = awp({ gamma: 0.01, warmUp: 1 });
    return { ...setup, microBatch: 4, average, weightPerturbation };
  };
  const [whole, kept] = [make(), make()];
  const [one, two] = [net(), net()];
  await fit(one, data, whole);
  const checkpoint = { store: memoryStore(), name: 'run', every: 1 };
  for await (const { step } of train(two, data, { ...kept, checkpoint })) if (step === 5) break;
  const rest = make();
  const three = net(7);
  await fit(three, data, { ...rest, checkpoint });
  expect(await saveWeights(three)).toEqual(await saveWeights(one));
  expect(await saveWeights(rest.average.model)).toEqual(await saveWeights(whole.average.model));
});
