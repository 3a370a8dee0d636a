import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients, fromLayersModel, type Trainable } from '@agoge/core';
import { memory, setBackend, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { clippedNorm } from './clip-norm';
import { standard } from './objectives/standard';
import { constant } from './schedules';
import { sgd } from './sgd';
import { fit } from './train';
import type { TrainOptions } from './train-options';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const values = async (tensors: readonly Tensor[]) =>
  (await Promise.all(tensors.map((each) => each.data()))).flatMap((each) => [...each]);

it('shortens a gradient to the limit and keeps its direction', async () => {
  const [a, b] = await values(clippedNorm([tensor1d([3, -4])], 0.1));
  expect(a).toBeCloseTo(0.06, 6);
  expect(b).toBeCloseTo(-0.08, 6);
  expect(Math.hypot(a, b)).toBeLessThanOrEqual(0.1);
});

it('shortens several by one share, to a common norm', async () => {
  // |(1, 2, -4, 2)| = 5, and 5 + 1e-6 is what PyTorch divides by.
  const got = await values(clippedNorm([tensor1d([1, 2]), tensor2d([[-4], [2]])], 2));
  [0.4, 0.8, -1.6, 0.8].forEach((each, i) => {
    expect(Math.abs(got[i] - (each * 5) / (5 + 1e-6))).toBeLessThan(2e-7);
  });
});

it('leaves shorter ones, and 0, alone', async () => {
  expect(await values(clippedNorm([tensor1d([0.25, -0.5]), tensor1d([0.5])], 1))).toEqual([0.25, -0.5, 0.5]);
  expect(await values(clippedNorm([tensor1d([0, 0])], 1))).toEqual([0, 0]);
  expect(clippedNorm([], 1)).toEqual([]);
});

it('keeps no tensor but its result', () => {
  const gradients = [tensor1d([1, 2]), tensor1d([3])];
  const before = memory().numTensors;
  for (const each of clippedNorm(gradients, 1)) each.dispose();
  expect(memory().numTensors).toBe(before);
});

describe('in training', () => {
  const data = threeShades(5, 1);
  /** How far one step moves the weights of a linear classifier, of which a copy's gradients may be clipped one by one. */
  const moved = async (options: Partial<TrainOptions> = {}, own?: number) => {
    const stock = fromLayersModel(
      sequential({
        layers: [
          layers.flatten({ inputShape: [8, 8, 2] }),
          layers.dense({ units: 3, name: 'fc', kernelInitializer: 'zeros' }),
        ],
      }),
      { bounds: [0, 1] },
    );
    const parameters = () =>
      stock.parameters().map((each) => ({ ...each, ...(own && each.name === 'fc/bias' && { clipNorm: own }) }));
    const model: Trainable = {
      ...{ classes: 3, bounds: stock.bounds, parameters, buffers: () => [], penalty: () => stock.penalty() },
      forward: (x, mode) => stock.forward(x, mode),
      classifier: (mode) => stock.classifier(mode),
    };
    await fit(model, data, {
      ...{ objective: standard(), epochs: 1, batchSize: 5, schedule: constant({ learningRate: 1 }) },
      ...{ optimizer: sgd({ momentum: 0, weightDecay: 0 }), ...options },
    });
    return Promise.all(stock.parameters().map(async ({ variable }) => [...(await variable.data())]));
  };
  const near = (got: number[], wanted: number[]) => {
    got.forEach((each, i) => {
      expect(Math.abs(each - wanted[i])).toBeLessThan(1e-6);
    });
  };

  it('shortens the whole step, also of parts, once they are averaged', async () => {
    const free = (await moved()).flat();
    const length = Math.hypot(...free);
    expect(length).toBeGreaterThan(0.2);
    const wanted = free.map((each) => (each * 0.05) / (length + 1e-6));
    near((await moved({ clipNorm: 0.05 })).flat(), wanted);
    near((await moved({ clipNorm: 0.05, microBatch: 2 })).flat(), wanted);
    near((await moved({ clipNorm: 10 })).flat(), free);
  });

  it('comes after what a weight asks for itself', async () => {
    const [kernel, bias] = await moved();
    const own = bias.map((each) => (each * 0.01) / (Math.hypot(...bias) + 1e-6));
    const share = 0.05 / (Math.hypot(...kernel, ...own) + 1e-6);
    near(
      (await moved({ clipNorm: 0.05 }, 0.01)).flat(),
      [...kernel, ...own].map((each) => each * share),
    );
  });

  it('is refused where it is no length', async () => {
    await expect(moved({ clipNorm: 0 })).rejects.toThrow('fit: clipNorm must be a finite number > 0, got 0');
  });
});
