import '@tensorflow/tfjs-layers';
import {
  conv2d,
  losses,
  matMul,
  maxPool,
  relu,
  reshape,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor2d,
  tensor4d,
  tidy,
  train,
  variable,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type Found, noise, onBoth } from '../test/on-both';
import './index';

const optimizers = {
  sgd: () => train.sgd(0.1),
  momentum: () => train.momentum(0.05, 0.9),
  nesterov: () => train.momentum(0.05, 0.9, true),
  adagrad: () => train.adagrad(0.1),
  adadelta: () => train.adadelta(0.1, 0.95, 1e-4),
  adam: () => train.adam(0.01),
  adamax: () => train.adamax(0.01),
  rmsprop: () => train.rmsprop(0.01),
  'centred rmsprop': () => train.rmsprop(0.01, 0.9, 0.5, 1e-15, true),
};

it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])('%s goes the way it goes on cpu', async (name) => {
  const found = await onBoth(
    async () => {
      const x = tensor4d(noise(6 * 36, 1), [6, 6, 6, 1]);
      const y = tensor2d([1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1], [6, 2]);
      const [filter, weights] = tidy(() => [
        variable(tensor4d(noise(27, 2), [3, 3, 1, 3])),
        variable(tensor2d(noise(54, 3), [27, 2])),
      ]);
      const optimizer = optimizers[name]();
      const loss = (): Scalar => {
        const features = maxPool(relu(conv2d(x, filter as Tensor4D, 1, 'same')) as Tensor4D, 2, 2, 'valid');
        return losses.softmaxCrossEntropy(y, matMul(reshape(features, [6, 27]), weights as Tensor2D));
      };
      const costs: number[] = [];
      for (let step = 0; step < 12; step++) {
        const cost = optimizer.minimize(loss, true, [filter, weights] as never) as Scalar;
        // Read now and then, as a program would.
        if (step % 5 === 4) costs.push((await cost.data())[0]);
        cost.dispose();
      }
      // Adamax tells no state.
      const kept = name === 'adamax' ? [] : await optimizer.getWeights();
      const state = await Promise.all(kept.map(async ({ tensor }) => [...(await (tensor as Tensor).data())]));
      const results: Found = { costs, state: state.flat(), filter: await filter.data(), weights: await weights.data() };
      for (const each of [x, y, filter, weights]) each.dispose();
      optimizer.dispose();
      return results;
    },
    { within: 1e-3 },
  );
  expect(found.costs[1]).toBeLessThan(found.costs[0]);
});
