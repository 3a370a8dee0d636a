import '@tensorflow/tfjs-backend-wasm';
import { type DataType, tensor, tile } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { values } from '../conformance/float64/values';
import { useBackend } from '../use-backend';

beforeAll(async () => {
  await useBackend('wasm');
});

it.each<[shape: number[], reps: number[]]>([
  [[1], [1]],
  [[3], [4]],
  [
    [2, 3],
    [1, 1],
  ],
  [
    [2, 3],
    [3, 2],
  ],
  [
    [1, 1, 1, 5],
    [2, 3, 4, 1],
  ],
  [
    [2, 1, 3],
    [1, 7, 5],
  ],
  [
    [2, 3],
    [0, 2],
  ],
])('tile of %j by %j', async (shape, reps) => {
  const x = values(
    shape.reduce((a, b) => a * b),
    1,
  );
  const tiled = shape.map((size, axis) => size * reps[axis]);
  const expected = Float32Array.from({ length: tiled.reduce((a, b) => a * b) }, (_, i) => {
    let [from, stride, rest] = [0, 1, i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += ((rest % tiled[axis]) % shape[axis]) * stride;
      rest = Math.floor(rest / tiled[axis]);
      stride *= shape[axis];
    }
    return x[from];
  });
  const result = tile(tensor(x, shape), reps);
  expect(result.shape).toEqual(tiled);
  expect(await result.data()).toEqual(expected);
});

it.each<[DataType, number[]]>([
  ['int32', [7, -8]],
  ['bool', [1, 0]],
])('keeps %s', async (dtype, pair) => {
  const result = tile(tensor(pair, [2], dtype), [2]);
  expect(result.dtype).toBe(dtype);
  expect([...(await result.data())]).toEqual([...pair, ...pair]);
});
