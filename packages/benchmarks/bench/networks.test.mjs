import '@tensorflow/tfjs-backend-cpu';
import { setBackend, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { layerFlops } from './flops.mjs';
import { build } from './networks.mjs';

beforeAll(() => setBackend('cpu'));

const multiplications = (model) => layerFlops(model).reduce((total, each) => total + each / 2, 0);

// That each has the number of weights of its name `build` checks itself.
it.each([
  ['lenet5', 416_520],
  ['fast-at-cnn', 16 * 14 * 14 * 16 + 32 * 7 * 7 * 256 + 156_800 + 1_000],
  ['resnet18', 555_422_720],
  ['wrn-28-10', 5_243_328_768],
])('%s has its weights, and takes %d multiplications for an image', (name, count) => {
  const model = build(name);
  expect(multiplications(model)).toBe(count);
  model.dispose();
});

it('narrow networks give finite logits', async () => {
  const logits = build('wrn-28-10', 1).predict(zeros([2, 32, 32, 3]));
  expect(logits.shape).toEqual([2, 10]);
  expect([...(await logits.data())].every(Number.isFinite)).toBe(true);
});
