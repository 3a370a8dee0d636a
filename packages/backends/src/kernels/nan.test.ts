import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { ensureGradients } from '@agoge/core';
import {
  argMax,
  argMin,
  avgPool,
  clipByValue,
  conv2d,
  depthwiseConv2d,
  fused,
  grad,
  maximum,
  maxPool,
  memory,
  minimum,
  ones,
  type Rank,
  relu6,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { values } from '../conformance/float64/values';
import { useBackend } from '../use-backend';
import { allFinite } from './all-finite';

const { NEGATIVE_INFINITY, POSITIVE_INFINITY, NaN: none } = Number;

async function read(x: Tensor): Promise<number[]> {
  const found = Array.from(await x.data());
  x.dispose();
  return found;
}

beforeAll(ensureGradients);

describe('a NaN that a stock kernel of wasm loses', () => {
  /** Longer than a vector register, with a rest. */
  const mixed = Float32Array.from({ length: 37 }, (_, i) => (i % 5 === 0 ? none : i % 7 === 0 ? -1 / 0 : i - 18));
  const kept = (of: (value: number) => number) =>
    Array.from(mixed, (value) => (Number.isNaN(value) ? none : of(value)));

  it.each<[string, (x: Tensor) => Tensor, (value: number) => number]>([
    ['relu6', relu6, (value) => Math.min(6, Math.max(0, value))],
    ['clipByValue', (x) => clipByValue(x, -2, 3), (value) => Math.min(3, Math.max(-2, value))],
    ['maximum', (x) => maximum(1, x), (value) => Math.max(1, value)],
    ['minimum', (x) => minimum(1, x), (value) => Math.min(1, value)],
    ['maximum of rows', (x) => maximum(tensor2d([[1]]), x), (value) => Math.max(1, value)],
  ])('passes %s', async (_name, compute, of) => {
    await useBackend('wasm');
    expect(await read(compute(tensor1d(mixed)))).toEqual(kept(of));
  });

  it('passes a convolution that scales channels, which tells it from -Infinity', async () => {
    await useBackend('wasm');
    const x = tensor4d([none, 1, NEGATIVE_INFINITY, 2, POSITIVE_INFINITY, -3], [1, 3, 1, 2]);
    const w = tensor4d([2, 3], [1, 1, 2, 1]);
    const expected = [none, 3, NEGATIVE_INFINITY, 6, POSITIVE_INFINITY, -9];
    expect(await read(depthwiseConv2d(x, w, 1, 'valid'))).toEqual(expected);
    const single = tensor4d(Array.from(await x.data()), [1, 6, 1, 1]);
    const twice = [none, 2, NEGATIVE_INFINITY, 4, POSITIVE_INFINITY, -6];
    expect(await read(conv2d(single, tensor4d([2], [1, 1, 1, 1]), 1, 'valid'))).toEqual(twice);
  });

  it('passes average pooling, which tells it from -Infinity', async () => {
    await useBackend('wasm');
    const x = tensor4d([none, 1, NEGATIVE_INFINITY, 2, 3, 5], [1, 6, 1, 1]);
    expect(await read(avgPool(x, [2, 1], [2, 1], 'valid'))).toEqual([none, NEGATIVE_INFINITY, 4]);
  });

  it.each(['relu', 'relu6'] as const)('passes a fused %s', async (activation) => {
    await useBackend('wasm');
    const x: Tensor4D = tensor4d([none, 1, -1, 2], [1, 4, 1, 1]);
    const shared = { x, filter: ones<Rank.R4>([1, 1, 1, 1]), strides: 1, pad: 0, activation };
    expect(await read(fused.conv2d(shared))).toEqual([none, 1, 0, 2]);
    expect(await read(fused.depthwiseConv2d(shared))).toEqual([none, 1, 0, 2]);
    const a = tensor2d([none, 1, -1, 2], [4, 1]);
    expect(await read(fused.matMul({ a, b: ones<Rank.R2>([1, 1]), activation }))).toEqual([none, 1, 0, 2]);
  });

  it.each(['wasm', 'cpu'] as const)('passes maximum pooling, on %s', async (backend) => {
    await useBackend(backend);
    const x = tensor4d([1, none, 2, 3, NEGATIVE_INFINITY, NEGATIVE_INFINITY, -1, -2, none], [1, 9, 1, 1]);
    expect(await read(maxPool(x, [2, 1], [2, 1], 'same'))).toEqual([none, 3, NEGATIVE_INFINITY, -1, none]);
  });

  it.each(['wasm', 'cpu'] as const)('takes the gradient of maximum pooling, on %s', async (backend) => {
    await useBackend(backend);
    const x = tensor4d([1, none, 2, 3, none, POSITIVE_INFINITY, -1, -2], [1, 8, 1, 1]);
    const gradient = grad((each) => maxPool(each as Tensor4D, [2, 1], [2, 1], 'valid'));
    expect(await read(gradient(x, tensor4d([1, 2, 3, 4], [1, 4, 1, 1])))).toEqual([0, 1, 0, 2, 3, 0, 4, 0]);
  });

  it.each(['wasm', 'cpu'] as const)('is the largest and the smallest of its row, on %s', async (backend) => {
    await useBackend(backend);
    const x = tensor2d([1, none, 2, none, none, 5, 1, 7, NEGATIVE_INFINITY, 3, POSITIVE_INFINITY, 0], [3, 4]);
    expect(await read(argMax(x, 1))).toEqual([1, 0, 2]);
    expect(await read(argMin(x, 1))).toEqual([1, 0, 0]);
    expect(await read(argMax(x, 0))).toEqual([1, 0, 2, 0]);
  });

  it('leaves nothing behind', async () => {
    await useBackend('wasm');
    const x = tensor4d([none, 1, -1, 2], [1, 4, 1, 1]);
    const before = memory();
    for (const each of [avgPool(x, 2, 1, 'same'), depthwiseConv2d(x, ones([1, 1, 1, 1]), 1, 'same'), relu6(x)]) {
      each.dispose();
    }
    expect(memory().numDataBuffers).toBe(before.numDataBuffers + 1);
  });
});

describe('allFinite', () => {
  it.each([0, 1, 3, 4, 1001])('holds for %d numbers, the largest of float32 among them', (length) => {
    expect(allFinite(values(length, 1))).toBe(true);
    expect(allFinite(new Float32Array(length).fill(3.4e38))).toBe(true);
  });

  it.each([none, POSITIVE_INFINITY, NEGATIVE_INFINITY])('does not where %d stands anywhere', (special) => {
    for (let at = 0; at < 9; at++) expect(allFinite(values(9, 1).fill(special, at, at + 1))).toBe(false);
  });

  it('does not for infinities of both signs', () => {
    expect(allFinite(Float32Array.of(POSITIVE_INFINITY, NEGATIVE_INFINITY))).toBe(false);
  });
});
