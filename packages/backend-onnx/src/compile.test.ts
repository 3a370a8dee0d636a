import '@tensorflow/tfjs-layers';
import { add, cumsum, matMul, setBackend, tensor2d, transpose } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import './index';

it('data that is seen transposed and taken in the order in which it lies stays as it is', async () => {
  await setBackend('onnx');
  const x = tensor2d([0, 1, 2, 3, 4, 5], [2, 3]);
  const [a, b] = [tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), tensor2d([1, 0, 0, 1], [2, 2])];
  const sums = [
    [1, 5],
    [4, 8],
    [7, 11],
  ];
  expect(await add(matMul(a, b), transpose(x)).array()).toEqual(sums);
  expect(await add(transpose(x), matMul(a, b)).array()).toEqual(sums);
  const running = [
    [1, 5],
    [5, 10],
    [11, 17],
  ];
  expect(await add(cumsum(a, 0), transpose(x)).array()).toEqual(running);
});
