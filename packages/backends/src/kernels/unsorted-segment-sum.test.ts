import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { gather, grad, tensor1d, tensor2d, tensor3d, unsortedSegmentSum } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { useBackend } from '../use-backend';

beforeAll(async () => {
  await useBackend('wasm');
});

it('sums the rows of each segment, drops numbers outside, leaves empty segments at zero', async () => {
  const x = tensor2d([1, -2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 2]);
  const sums = unsortedSegmentSum(x, tensor1d([2, 0, 2, -1, 4], 'int32'), 4);
  expect(sums.shape).toEqual([4, 2]);
  expect([...(await sums.data())]).toEqual([3, 4, 0, 0, 6, 4, 0, 0]);
});

it('keeps integers', async () => {
  const sums = unsortedSegmentSum(tensor1d([1, 2, 3], 'int32'), tensor1d([1, 1, 0], 'int32'), 2);
  expect(sums.dtype).toBe('int32');
  expect([...(await sums.data())]).toEqual([3, 3]);
});

it('is the gradient of gather, rows taken twice counted twice', async () => {
  const indices = tensor1d([2, 0, 2], 'int32');
  const dx = grad((x) => gather(x, indices, 1))(
    tensor3d(new Float32Array(12), [2, 3, 2]),
    tensor3d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 3, 2]),
  );
  expect(dx.shape).toEqual([2, 3, 2]);
  expect([...(await dx.data())]).toEqual([3, 4, 0, 0, 6, 8, 9, 10, 0, 0, 18, 20]);
});
