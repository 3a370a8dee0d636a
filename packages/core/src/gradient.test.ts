import '@tensorflow/tfjs-backend-cpu';
import {
  memory,
  mul,
  reshape,
  setBackend,
  square,
  sum,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { fromFunction } from './from-function';
import { ensureGradients, lossAndGradient } from './gradient';

const x = () => tensor4d([0.5, -1, 2, 3], [2, 2, 1, 1]);
const classifier = (logits: Parameters<typeof fromFunction>[0]) =>
  fromFunction(logits, { classes: 2, bounds: [-9, 9] });
const sums = (logits: Tensor2D) => sum(logits, 1) as Tensor1D;

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

it.each([
  [
    'logits that do not depend on the images',
    () => classifier(() => square(square(tensor2d([1, 2, 3, 4], [2, 2])))),
    sums,
    'lossAndGradient: the loss must depend on the images',
  ],
  [
    'a classifier that throws on its way',
    () =>
      classifier((each) => {
        square(square(each));
        throw new Error('no way');
      }),
    sums,
    'no way',
  ],
  [
    'a loss that throws on its way',
    () => classifier((each) => square(reshape(each, [-1, 2]))),
    (logits: Tensor2D) => {
      mul(logits, square(logits));
      throw new Error('no loss');
    },
    'no loss',
  ],
])('leaves nothing of %s, nor of what comes after', async (_, make, loss, message) => {
  const images = x();
  const f = make();
  const { numTensors } = memory();
  for (let i = 0; i < 3; i++) expect(() => lossAndGradient(f, images, loss)).toThrow(message);
  expect(memory().numTensors).toBe(numTensors);
  const sound = classifier((each) => mul(reshape(each, [-1, 2]), 3));
  const after = lossAndGradient(sound, images, sums);
  expect([...(await after.gradient.data())]).toEqual([3, 3, 3, 3]);
  for (const each of [after.logits, after.loss, after.gradient]) each.dispose();
  expect(memory().numTensors).toBe(numTensors);
});
