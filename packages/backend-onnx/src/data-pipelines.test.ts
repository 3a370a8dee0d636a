import { repairBackend } from '@agoge/backends';
import { mul, setBackend, square, sum, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import * as data from '@tensorflow/tfjs-data';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { type Found, noise, onBoth } from '../test/on-both';
import './index';

beforeAll(async () => {
  await setBackend('cpu');
  repairBackend();
});

const examples = () => Array.from({ length: 26 }, (_, i) => ({ x: Array.from(noise(4, i)), y: Math.sin(i) }));

it('a model is fitted to a pipeline that maps, shuffles, batches and prefetches, as on cpu', async () => {
  await onBoth(async () => {
    const model = sequential({
      layers: [
        layers.dense({
          units: 5,
          inputShape: [4],
          activation: 'relu',
          kernelInitializer: initializers.heNormal({ seed: 1 }),
        }),
        layers.dense({ units: 1, kernelInitializer: initializers.heNormal({ seed: 2 }) }),
      ],
    });
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mse'] });
    const batches = () =>
      data
        .array(examples())
        .map(({ x, y }: { x: number[]; y: number }) => ({ xs: tidy(() => mul(tensor1d(x), 2)), ys: tensor1d([y]) }))
        .shuffle(8, 'seed', false)
        .batch(6);
    const { history } = await model.fitDataset(batches().prefetch(2) as never, {
      epochs: 3,
      verbose: 0,
      validationData: batches() as never,
    });
    const weights = await Promise.all(model.getWeights().map((each) => each.data()));
    model.dispose();
    return { ...(history as Found), ...Object.fromEntries(weights.map((each, i) => [`weight ${i}`, each])) };
  });
});

it('a pipeline is read in a loop, element by element', async () => {
  await onBoth(async () => {
    const sums: number[] = [];
    const doubled = data.generator(function* () {
      for (let i = 0; i < 5; i++) yield i;
    });
    await doubled
      .map((i: number) => tidy(() => sum(square(tensor1d([i, i + 1])))))
      .forEachAsync(async (each: Tensor) => {
        sums.push((await each.data())[0]);
        each.dispose();
      });
    expect(sums).toEqual([1, 5, 13, 25, 41]);
    return { sums };
  });
});
