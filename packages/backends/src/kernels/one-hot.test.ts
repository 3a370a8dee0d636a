import '@tensorflow/tfjs-backend-wasm';
import { type DataType, oneHot, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { useBackend } from '../use-backend';

beforeAll(async () => {
  await useBackend('wasm');
});

it.each<DataType>(['float32', 'int32', 'bool'])('oneHot as %s', async (dtype) => {
  const result = oneHot(tensor([1, 0, 3, -1], [4], 'int32'), 3, 1, 0, dtype);
  expect([result.dtype, result.shape]).toEqual([dtype, [4, 3]]);
  expect([...(await result.data())]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

it('writes other values than 0 and 1, for indices of any rank', async () => {
  const result = oneHot(tensor([2, 0], [1, 2], 'int32'), 3, 2.5, -0.5, 'float32');
  expect(result.shape).toEqual([1, 2, 3]);
  expect([...(await result.data())]).toEqual([-0.5, -0.5, 2.5, 2.5, -0.5, -0.5]);
});
