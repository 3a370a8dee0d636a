import '@tensorflow/tfjs-layers';
import {
  backend,
  gather,
  gatherND,
  grad,
  scatterND,
  setBackend,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  tensorScatterUpdate,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import '../index';
import type { OnnxBackend } from '../index';

beforeEach(async () => {
  await setBackend('onnx');
});

it('the gradient of a gather loses none of many rows, on however many threads', async () => {
  const [rows, width, segments] = [60_000, 16, 3];
  const index = tensor1d(
    Int32Array.from({ length: rows }, (_, i) => i % segments),
    'int32',
  );
  const table = tensor2d(new Float32Array(segments * width), [segments, width]);
  const g = tidy(() => grad((x) => sum(gather(x, index)))(table));
  expect([...(await g.data())]).toEqual(new Array(segments * width).fill(rows / segments));
});

describe('indices', () => {
  it('of a batch gather along any later axis, from their own member of the batch', async () => {
    const x = tensor(
      Float32Array.from({ length: 2 * 2 * 3 }, (_, i) => i),
      [2, 2, 3],
    );
    const at = tensor2d([2, 0, 1, 1], [2, 2], 'int32');
    expect(await gather(x, at, 2, 1).array()).toEqual([
      [
        [2, 0],
        [5, 3],
      ],
      [
        [7, 7],
        [10, 10],
      ],
    ]);
    expect(await gather(x, tensor2d([1, 0], [2, 1], 'int32'), 1, 1).array()).toEqual([[[3, 4, 5]], [[6, 7, 8]]]);
  });

  it('put the last of several rows where they name one place', async () => {
    const index = tensor2d(
      Array.from({ length: 999 }, () => 1),
      [999, 1],
      'int32',
    );
    const updates = tensor1d(Float32Array.from({ length: 999 }, (_, i) => i));
    expect([...(await tensorScatterUpdate(tensor1d([7, 8, 9]), index, updates).data())]).toEqual([7, 998, 9]);
  });

  it.each<[string, () => Tensor]>([
    ['gather below 0', () => gather(tensor1d([1, 2, 3]), tensor1d([0, -1], 'int32'))],
    ['gather past the end', () => gather(tensor1d([1, 2, 3]), tensor1d([0, 3], 'int32'))],
    ['gatherND below 0', () => gatherND(tensor2d([1, 2, 3, 4], [2, 2]), tensor2d([0, -1], [1, 2], 'int32'))],
    ['scatterND below 0', () => scatterND(tensor2d([-1], [1, 1], 'int32'), tensor1d([5]), [3])],
    ['scatterND past the end', () => scatterND(tensor2d([3], [1, 1], 'int32'), tensor1d([5]), [3])],
  ])('outside are an error when the value is read, and the backend goes on: %s', async (_, compute) => {
    const found = compute();
    await expect(found.data()).rejects.toThrow();
    expect((backend() as OnnxBackend).report().pending).toBe(0);
    expect([...(await gather(tensor1d([1, 2, 3]), tensor1d([2, 0], 'int32')).data())]).toEqual([3, 1]);
  });
});
