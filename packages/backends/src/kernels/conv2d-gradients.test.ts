import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { conv2d, grads, memory, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { filterGradient, inputGradient, shapesOf } from '../conformance/float64/convolution';
import { relativeError } from '../conformance/float64/relative-error';
import { values } from '../conformance/float64/values';
import { explicit, type Window } from '../conformance/float64/windows';
import { useBackend } from '../use-backend';

beforeAll(async () => {
  await useBackend('wasm');
});

const cases: [name: string, window: Window, outChannels: number][] = [];
for (const kernel of [1, 3, 5, 7]) {
  for (const stride of [1, 2]) {
    for (const pad of ['same', 'valid'] as const) {
      for (const [height, width, channels, outChannels] of [
        [8, 8, 3, 16],
        [9, 7, 1, 5],
        [7, 10, 16, 3],
      ]) {
        const window: Window = {
          input: [2, height, width, channels],
          kernel: [kernel, kernel],
          strides: [stride, stride],
          pad,
        };
        cases.push([`${height}x${width}x${channels} k${kernel} s${stride} ${pad}`, window, outChannels]);
      }
    }
  }
}
const odd: [string, Window, number][] = [
  ['PyTorch 3x3/2 pad 1', { input: [2, 8, 8, 3], kernel: [3, 3], strides: [2, 2], pad: explicit(1, 1, 1, 1) }, 4],
  [
    'PyTorch stem 7x7/2 pad 3',
    { input: [1, 11, 11, 3], kernel: [7, 7], strides: [2, 2], pad: explicit(3, 3, 3, 3) },
    4,
  ],
  ['4x4/2 pad 1', { input: [2, 10, 10, 1], kernel: [4, 4], strides: [2, 2], pad: explicit(1, 1, 1, 1) }, 4],
  ['uneven padding', { input: [1, 6, 7, 2], kernel: [3, 3], strides: [1, 1], pad: explicit(2, 0, 0, 1) }, 3],
  [
    'padding as large as the kernel',
    { input: [1, 5, 5, 2], kernel: [2, 2], strides: [1, 1], pad: explicit(2, 3, 2, 2) },
    3,
  ],
  ['1x1 with padding', { input: [1, 4, 5, 2], kernel: [1, 1], strides: [1, 1], pad: explicit(1, 2, 1, 0) }, 3],
  ['1x1/2 with padding', { input: [1, 4, 5, 2], kernel: [1, 1], strides: [2, 2], pad: explicit(1, 1, 1, 1) }, 3],
  ['pixels that no window reaches', { input: [1, 8, 8, 2], kernel: [2, 2], strides: [3, 3], pad: 'valid' }, 3],
  ['oblong kernel and strides', { input: [2, 9, 8, 3], kernel: [3, 2], strides: [1, 2], pad: 'same' }, 4],
  ['stride 3', { input: [1, 10, 11, 2], kernel: [5, 5], strides: [3, 3], pad: 'same' }, 3],
  ['kernel as large as the image', { input: [3, 4, 4, 2], kernel: [4, 4], strides: [1, 1], pad: 'valid' }, 5],
  ['one pixel', { input: [4, 1, 1, 3], kernel: [3, 3], strides: [1, 1], pad: 'same' }, 2],
];

describe('gradients of conv2d on wasm against float64', () => {
  it.each([...cases, ...odd])('%s', async (_name, window, outChannels) => {
    const { input, strides, pad } = window;
    const convolution = { ...window, filters: outChannels };
    const { w: filterShape, y: dyShape } = shapesOf(convolution);
    const size = (shape: number[]) => shape.reduce((a, b) => a * b);
    const [x, w, dy] = [values(size(input), 1), values(size(filterShape), 2), values(size(dyShape), 3)];

    const [dx, dw] = tidy(() =>
      grads((image, filter) => conv2d(image as Tensor4D, filter as Tensor4D, strides, pad))(
        [tensor4d(x, input), tensor4d(w, filterShape)],
        tensor4d(dy, dyShape),
      ),
    );
    expect(dx.shape).toEqual(input);
    expect(dw.shape).toEqual(filterShape);
    expect(relativeError(await dx.data(), inputGradient(convolution, w, dy))).toBeLessThan(1e-6);
    expect(relativeError(await dw.data(), filterGradient(convolution, x, dy))).toBeLessThan(1e-6);
    dx.dispose();
    dw.dispose();
  });

  it('leaves no tensor and no buffer', () => {
    const before = memory();
    tidy(() => {
      const x = tensor4d(values(2 * 64 * 3, 1), [2, 8, 8, 3]);
      const w = tensor4d(values(9 * 3 * 4, 2), [3, 3, 3, 4]);
      return grads((image, filter) => conv2d(image as Tensor4D, filter as Tensor4D, 2, 'same'))([x, w]);
    }).map((each) => each.dispose());
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  });
});
