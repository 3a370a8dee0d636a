import '@tensorflow/tfjs-layers';
import { repairBackend } from '@agoge/backends';
import {
  avgPool,
  conv2d,
  depthwiseConv2d,
  fused,
  grad,
  maxPool,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index';

beforeAll(async () => {
  await setBackend('cpu');
  repairBackend();
});

const waves = (shape: [number, number, number, number]) =>
  tensor4d(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i)),
    shape,
  );

type Windows = (size: number, filter: number, stride: number, pad: number, round: 'round' | 'ceil') => Tensor;
const computations: Record<string, Windows> = {
  conv2d: (size, k, stride, pad, round) =>
    conv2d(waves([2, size, size, 2]), waves([k, k, 2, 3]), stride, pad, 'NHWC', 1, round),
  depthwiseConv2d: (size, k, stride, pad, round) =>
    depthwiseConv2d(waves([2, size, size, 2]), waves([k, k, 2, 2]), stride, pad, 'NHWC', 1, round),
  maxPool: (size, k, stride, pad, round) => maxPool(waves([2, size, size, 2]), k, stride, pad, round),
  avgPool: (size, k, stride, pad, round) => avgPool(waves([2, size, size, 2]), k, stride, pad, round),
};

describe('windows whose number is rounded up reach beyond the image', () => {
  it.each(Object.keys(computations))('as those of cpu do: %s', async (name) => {
    for (const round of ['round', 'ceil'] as const) {
      for (const [size, filter, stride, pad] of [
        [4, 3, 2, 0],
        [5, 2, 2, 0],
        [6, 3, 2, 1],
        [7, 2, 4, 1],
        [8, 3, 3, 0],
      ]) {
        const compute = () => computations[name](size, filter, stride, pad, round);
        await setBackend('cpu');
        const expected = await compute().data();
        await setBackend('onnx');
        const actual = await compute().data();
        expect(actual).toHaveLength(expected.length);
        actual.forEach((each, i) => {
          if (Number.isFinite(expected[i])) expect(each).toBeCloseTo(expected[i], 4);
          else expect(each).toBe(expected[i]);
        });
      }
    }
  });

  it('and have no gradient where TensorFlow.js does not tell it of them', async () => {
    await setBackend('onnx');
    const [x, filter] = [waves([1, 5, 5, 1]), waves([2, 2, 1, 1])];
    const g = grad((images) =>
      sum(fused.conv2d({ x: images as Tensor4D, filter, strides: 2, pad: 0, dimRoundingMode: 'ceil' })),
    );
    expect(() => g(x)).toThrow(/gradient of windows \[1,2,2,1\] has shape \[1,3,3,1\].+repairBackend/);
  });
});

it('a depthwise convolution without dilations has dilations of 1', async () => {
  await setBackend('onnx');
  const [x, filter] = [waves([1, 4, 4, 2]), waves([2, 2, 2, 1])];
  const plain = await depthwiseConv2d(x, filter, 1, 'same').data();
  expect([...(await depthwiseConv2d(x, filter, 1, 'same', 'NHWC', null as never).data())]).toEqual([...plain]);
});
