import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { avgPool, grad, maxPool, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { averagePoolGradient, maxPoolGradient } from '../conformance/float64/pooling';
import { relativeError } from '../conformance/float64/relative-error';
import { values } from '../conformance/float64/values';
import { outputOf, type Padding, type Window } from '../conformance/float64/windows';
import { useBackend } from '../use-backend';

const pads: Padding[] = [
  'same',
  'valid',
  [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ],
  [
    [0, 0],
    [0, 1],
    [1, 0],
    [0, 0],
  ],
];
const windows: [name: string, window: Window][] = [];
for (const [height, width, channels] of [
  [8, 8, 1],
  [7, 9, 3],
  [5, 6, 16],
]) {
  for (const [size, stride] of [
    [2, 2],
    [3, 2],
    [3, 1],
    [2, 1],
  ]) {
    for (const pad of pads) {
      const window: Window = {
        input: [2, height, width, channels],
        kernel: [size, size],
        strides: [stride, stride],
        pad,
      };
      windows.push([`${height}x${width}x${channels} ${size}/${stride} ${JSON.stringify(pad)}`, window]);
    }
  }
}
windows.push(
  ['oblong', { input: [2, 7, 8, 2], kernel: [3, 2], strides: [2, 1], pad: 'same' }],
  [
    'windows of padding alone',
    {
      input: [1, 4, 4, 2],
      kernel: [2, 2],
      strides: [1, 1],
      pad: [
        [0, 0],
        [3, 2],
        [2, 2],
        [0, 0],
      ],
    },
  ],
);

async function gradient(
  pool: typeof maxPool,
  { input, kernel, strides, pad }: Window,
  x: Float32Array,
  dy: Float32Array,
) {
  const [rows, columns] = outputOf({ input, kernel, strides, pad });
  const dx = tidy(() =>
    grad((image) => pool(image as Tensor4D, kernel, strides, pad))(
      tensor4d(x, input),
      tensor4d(dy, [input[0], rows.size, columns.size, input[3]]),
    ),
  );
  expect(dx.shape).toEqual(input);
  const result = await dx.data();
  dx.dispose();
  return result;
}

const inputs = (window: Window, levels?: number) => {
  const [rows, columns] = outputOf(window);
  const [n, height, width, channels] = window.input;
  return {
    x: values(n * height * width * channels, 1, levels),
    dy: values(n * rows.size * columns.size * channels, 2),
  };
};

describe.each(['wasm', 'cpu'] as const)('gradients of pooling on %s against float64', (backend) => {
  it.each(windows)('maxPool, values of both signs: %s', async (_name, window) => {
    await useBackend(backend);
    const { x, dy } = inputs(window);
    expect(relativeError(await gradient(maxPool, window, x, dy), maxPoolGradient(window, x, dy))).toBeLessThan(1e-6);
  });

  it.each(windows)('maxPool, negative values with ties: %s', async (_name, window) => {
    await useBackend(backend);
    const { x, dy } = inputs(window, 3);
    const negative = x.map((each) => each - 1.5);
    const expected = maxPoolGradient(window, negative, dy);
    expect(relativeError(await gradient(maxPool, window, negative, dy), expected)).toBeLessThan(1e-6);
  });

  it.each(windows)('avgPool: %s', async (_name, window) => {
    await useBackend(backend);
    const { x, dy } = inputs(window);
    expect(relativeError(await gradient(avgPool, window, x, dy), averagePoolGradient(window, dy))).toBeLessThan(1e-6);
  });
});
