import '@tensorflow/tfjs-layers';
import { backend, einsum, matMul, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeEach, expect, it } from 'vitest';
import '../index';
import type { OnnxBackend } from '../index';

beforeEach(async () => {
  await setBackend('onnx');
});
const counted = (shape: number[], dtype: 'float32' | 'int32' = 'float32') =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
    shape,
    dtype,
  );

it.each<[string, () => Tensor, unknown]>([
  [
    'a product',
    () => einsum('ij,jk->ik', counted([2, 2]), counted([2, 2])),
    [
      [7, 10],
      [15, 22],
    ],
  ],
  [
    'its transpose, with spaces',
    () => einsum('ij, jk -> ki', counted([2, 2]), counted([2, 2])),
    [
      [7, 15],
      [10, 22],
    ],
  ],
  ['a batch of products', () => einsum('bi,bj->bij', counted([2, 1]), counted([2, 2])), [[[1, 2]], [[6, 8]]]],
  ['a sum of all', () => einsum('ij->', counted([2, 3])), 21],
  ['a sum along an axis', () => einsum('ij->j', counted([2, 3])), [5, 7, 9]],
  [
    'a transpose',
    () => einsum('ij->ji', counted([2, 3])),
    [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  ],
  [
    'whole numbers',
    () => matMul(counted([2, 2], 'int32'), counted([2, 2], 'int32')),
    [
      [7, 10],
      [15, 22],
    ],
  ],
  [
    'whole numbers, transposed',
    () => matMul(counted([2, 1], 'int32'), counted([3, 2], 'int32'), true, true),
    [[5, 11, 17]],
  ],
  ['batches of whole numbers', () => matMul(counted([2, 1, 2], 'int32'), counted([2, 1], 'int32')), [[[5]], [[11]]]],
  ['sums of nothing', () => matMul(counted([2, 0]), counted([0, 1])), [[0], [0]]],
])('einsum and matMul give %s, on no other backend', async (_, compute, expected) => {
  const before = { ...(backend() as OnnxBackend).report().fallbacks };
  expect(await compute().array()).toEqual(expected);
  expect((backend() as OnnxBackend).report().fallbacks).toEqual(before);
});

it('einsum refuses lengths that do not agree', () => {
  expect(() => einsum('ij,jk->ik', counted([2, 3]), counted([2, 2]))).toThrow(/dimension/i);
});
