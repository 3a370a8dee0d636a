import { conv2d, getGradient, grad, ones, Sum, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { useBackend } from './use-backend';

it('repairs gradients that nobody has loaded yet, so that loading tfjs-layers later does not undo it', async () => {
  expect(getGradient(Sum)).toBeUndefined();
  await useBackend('cpu');
  await import('@tensorflow/tfjs-layers');
  const dilated = grad((x) => conv2d(x as Tensor4D, ones([2, 2, 1, 1]), 1, 'valid', 'NHWC', 2));
  expect([...(await dilated(ones([1, 3, 3, 1])).data())]).toEqual([1, 0, 1, 0, 0, 0, 1, 0, 1]);
});
