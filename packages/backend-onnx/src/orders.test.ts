import '@tensorflow/tfjs-layers';
import {
  add,
  argMax,
  asin,
  atan,
  avgPool,
  backend,
  concat,
  conv2d,
  cos,
  cumsum,
  depthwiseConv2d,
  elu,
  erf,
  exp,
  expm1,
  grad,
  log,
  log1p,
  logSoftmax,
  matMul,
  max,
  maxPool,
  mean,
  moments,
  mul,
  pow,
  prelu,
  reciprocal,
  relu,
  reshape,
  reverse,
  rsqrt,
  selu,
  setBackend,
  sigmoid,
  sin,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tensor4D,
  tanh,
  tensor4d,
  tidy,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { noise } from '../test/on-both';
import type { OnnxBackend } from './index';
import './index';

const shape = [3, 3, 5, 7] as [number, number, number, number];
const values = noise(315, 1).map((each) => each * 3);
const positive = (x: Tensor) => add(square(x), 0.01);

const computations: Record<string, (x: Tensor4D) => Tensor> = {
  exp,
  expm1,
  sigmoid,
  tanh,
  erf,
  elu,
  selu,
  softplus,
  sin,
  cos,
  atan,
  asin: (x) => asin(tanh(x)),
  log: (x) => log(positive(x)),
  log1p: (x) => log1p(square(x)),
  sqrt: (x) => sqrt(positive(x)),
  rsqrt: (x) => rsqrt(positive(x)),
  reciprocal,
  pow: (x) => pow(positive(x), 1.7),
  prelu: (x) => prelu(x, tensor4d(values, shape)),
  silu: (x) => mul(x, sigmoid(mul(x, 1.3))),
  sum: (x) => sum(square(x)),
  'sum of filters': (x) => sum(exp(x), [0, 1, 2]),
  mean: (x) => mean(x, [2, 3]),
  max: (x) => max(x, 3),
  argMax: (x) => argMax(x, 2),
  moments: (x) => moments(x, [0, 1, 2]).variance,
  softmax,
  logSoftmax: (x) => logSoftmax(x),
  cumsum: (x) => cumsum(x, 2),
  matMul: (x) => matMul(reshape(x, [45, 7]), reshape(x, [7, 45])),
  transpose: (x) => transpose(x, [1, 3, 0, 2]),
  slice: (x) => slice(x, [1, 0, 2, 1], [2, 2, 3, 4]),
  rows: (x) => slice(x, [1, 0, 0, 0], [2, 3, 5, 7]),
  concat: (x) => concat([x, tensor4d(values, shape)], 1),
  reverse: (x) => reverse(x, 3),
  tile: (x) => tile(x, [1, 2, 1, 1]),
  'as a filter': (x) => conv2d(tensor4d(noise(2 * 6 * 6 * 5, 2), [2, 6, 6, 5]), x, 1, 'same'),
  'a sum through exact steps': (x) => sum(sqrt(add(square(x), 1)), 3),
  'as images': (x) => conv2d(x, tensor4d(noise(3 * 3 * 7 * 4, 3), [3, 3, 7, 4]), 1, 'same'),
};

beforeAll(async () => {
  await setBackend('onnx');
});

const onnx = () => backend() as OnnxBackend;

/** The same numbers, which a graph has left in the order of a convolution's filters. */
async function leftByAGraph(): Promise<Tensor4D> {
  const w = tensor4d(values, shape);
  const images = tensor4d(noise(2 * 6 * 6 * 5, 4), [2, 6, 6, 5]);
  const found = tidy(() => add(mul(grad((f) => sum(conv2d(images, f as Tensor4D, 1, 'same')))(w), 0), w) as Tensor4D);
  await onnx().flush();
  expect(onnx().data(found.dataId).order).not.toEqual([0, 1, 2, 3]);
  return found;
}

it.each(Object.keys(computations))('%s has the same bits however earlier graphs left its input', async (name) => {
  const [fresh, left] = [tensor4d(values, shape), await leftByAGraph()];
  expect(await left.data()).toEqual(await fresh.data());
  const [expected, found] = [fresh, left].map((x) => tidy(() => computations[name](x)));
  expect(await found.data()).toEqual(await expected.data());
});

const ofImages: Record<string, (x: Tensor4D) => Tensor> = {
  exp,
  log: (x) => log(positive(x)),
  sum: (x) => sum(square(x), [1, 2]),
  moments: (x) => moments(x, [0, 1, 2]).variance,
  maxPool: (x) => maxPool(x, 3, 2, 'same'),
  avgPool: (x) => avgPool(x, 2, 2, 'valid'),
  convolution: (x) => conv2d(x, tensor4d(noise(3 * 3 * 16 * 32, 3), [3, 3, 16, 32]), 1, 'same'),
  depthwise: (x) => depthwiseConv2d(x, tensor4d(noise(3 * 3 * 16, 3), [3, 3, 16, 1]), 1, 'same'),
  'gradient of a filter': (x) =>
    grad((w) => sum(sin(conv2d(x, w as Tensor4D, 1, 'same'))))(tensor4d(noise(3 * 3 * 16 * 16, 5), [3, 3, 16, 16])),
};

it.each(Object.keys(ofImages))('%s has the same bits of images that a convolution left', async (name) => {
  const images = tensor4d(noise(2 * 6 * 6 * 3, 4), [2, 6, 6, 3]);
  const left = tidy(() => relu(conv2d(images, tensor4d(noise(3 * 3 * 3 * 16, 6), [3, 3, 3, 16]), 1, 'same')));
  const fresh = tensor4d(await left.data(), left.shape);
  expect(onnx().data(left.dataId).order).not.toEqual([0, 1, 2, 3]);
  const expected = tidy(() => ofImages[name](fresh));
  const numbers = await expected.data();
  const found = tidy(() => ofImages[name](left));
  expect(await found.data()).toEqual(numbers);
});
