import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { repairBackend } from '@agoge/backends';
import {
  add,
  avgPool,
  backend,
  fill,
  grads,
  greater,
  maxPool,
  mul,
  relu,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OnnxBackend } from '../index';
import '../index';
import { loadRuntime } from '../runtime';

type Shape = [number, number, number, number];

/** Whole numbers from -3 to 3, so that most windows have ties and most sums are exact, with a few others strewn in. */
function images([n, height, width, channels]: Shape, strewn: readonly number[]): Tensor4D {
  const size = n * height * width * channels;
  const values = Float32Array.from({ length: size }, (_, i) =>
    Math.round(3 * Math.sin(i * 12.9898) * Math.cos(i * 4.1)),
  );
  strewn.forEach((each, k) => {
    for (let i = 5 * k; i < size; i += 29 + 6 * k) values[i] = each;
  });
  return tensor4d(values, [n, height, width, channels]);
}

interface Case {
  name: string;
  shape?: Shape;
  window?: [number, number];
  strides?: [number, number];
  pad?: 'same' | 'valid';
  strewn?: number[];
  upstream?: number[];
  /** What is pooled. */
  of?: (x: Tensor) => Tensor;
  /** What is done first to what is pooled, and differentiated with it. */
  after?: (x: Tensor) => Tensor;
}

const [infinity, none] = [Number.POSITIVE_INFINITY, Number.NaN];
const cases: Case[] = [
  { name: 'ties' },
  { name: 'one window a plane', shape: [2, 2, 2, 32] },
  { name: 'windows of 3 x 2', shape: [2, 6, 4, 16], window: [3, 2], strides: [3, 2] },
  { name: 'single pixels', window: [1, 1], strides: [1, 1] },
  { name: 'a row and a column left over', shape: [2, 5, 7, 16] },
  { name: 'the last windows beyond the edge', shape: [2, 5, 7, 16], pad: 'same' },
  { name: 'windows that overlap', window: [3, 3], pad: 'same' },
  { name: 'windows with gaps', shape: [2, 6, 6, 16], strides: [3, 3] },
  { name: 'channels that are no whole blocks', shape: [2, 4, 6, 24] },
  { name: 'NaN', strewn: [none] },
  { name: 'NaN among infinities', strewn: [none, infinity, -infinity] },
  { name: 'infinities', strewn: [infinity, -infinity] },
  { name: 'nothing but -Infinity', strewn: [], of: (x) => add(mul(x, 0), -infinity) },
  { name: 'zeros of both signs', of: (x) => mul(x, 0) },
  { name: 'rectified', of: relu },
  { name: 'rectified, NaN and infinities', strewn: [none, infinity, -infinity], of: relu },
  { name: 'rectified, the largest finite', strewn: [3.4028234663852886e38], of: relu },
  { name: 'rectified, windows that overlap', window: [3, 3], strewn: [none], of: relu },
  { name: 'NaN and infinities in the gradient', upstream: [none, infinity] },
  { name: 'through a rectification', after: relu },
  { name: 'through a rectification, infinities', strewn: [infinity, -infinity], upstream: [2], after: relu },
  { name: 'through a rectification, NaN', strewn: [none], after: relu },
  { name: 'through a rectification, subnormal', of: (x) => mul(x, 1e-40), after: relu },
  { name: 'through a rectification, windows that overlap', window: [3, 3], after: relu },
  { name: 'through a rectification, with more of the same', after: (x) => add(relu(x), mul(relu(x), 0.5)) },
];

/** What pooling gives and its gradient, for one of some upstream gradient. */
async function results(
  name: string,
  pool: typeof maxPool | typeof avgPool,
  { shape = [3, 4, 6, 32], window = [2, 2], strides = [2, 2], pad = 'valid', ...rest }: Case,
): Promise<number[][]> {
  await setBackend(name);
  const same = (x: Tensor) => x;
  const { strewn = [], upstream = [], of = same, after = same } = rest;
  const found = tidy(() => {
    const x = of(images(shape, strewn));
    const pooled = (each: Tensor) => pool(after(each) as Tensor4D, window, strides, pad);
    const y = pooled(x);
    const [dx] = grads(pooled)([x], images(y.shape as Shape, upstream));
    return [y, dx];
  });
  const values = await Promise.all(found.map((each) => each.data()));
  for (const each of found) each.dispose();
  // Zeros of both signs are the same number.
  return values.map((each) => Array.from(each, (value) => value + 0));
}

beforeAll(async () => {
  await setBackend('cpu');
  repairBackend();
});

describe('pooling with channels in blocks, and without', () => {
  it.each(cases.map((each) => [each.name, each] as const))('of maxima: %s', async (_, each) => {
    const expected = await results('cpu', maxPool, each);
    expect(await results('onnx', maxPool, each)).toEqual(expected);
    const withoutBlocks = await (backend() as OnnxBackend).runOn(
      (options) => ({ ...loadRuntime(options), block: 0 }),
      () => results('onnx', maxPool, each),
    );
    expect(withoutBlocks).toEqual(expected);
  });

  it('of maxima: nothing but -Infinity and the least finite', async () => {
    const least = (x: Tensor) => fill(x.shape, -3.4028234663852886e38);
    const of = (x: Tensor) => where(greater(x, 1), least(x), fill(x.shape, -infinity));
    const each = { name: 'least', of };
    expect(await results('onnx', maxPool, each)).toEqual(await results('cpu', maxPool, each));
  });

  it.each(cases.map((each) => [each.name, each] as const))('of maxima of few channels: %s', async (_, each) => {
    const few = { ...each, shape: (each.shape ?? [3, 4, 6, 32]).with(3, 5) as Shape };
    expect(await results('onnx', maxPool, few)).toEqual(await results('cpu', maxPool, few));
  });

  it.each([
    { name: 'side by side' },
    { name: 'over the edge', shape: [2, 5, 7, 32] as Shape, pad: 'same' as const },
    { name: 'overlapping', window: [3, 3] as [number, number], pad: 'same' as const },
    { name: 'NaN', strewn: [none] },
  ])('of means: $name', async (each) => {
    const [expected, found] = [await results('cpu', avgPool, each), await results('onnx', avgPool, each)];
    found.flat().forEach((value, i) => {
      const mean = expected.flat()[i];
      if (Number.isNaN(mean)) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(mean, 5);
    });
  });
});
