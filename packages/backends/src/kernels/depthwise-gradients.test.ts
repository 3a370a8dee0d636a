import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import {
  conv2d,
  depthwiseConv2d,
  dispose,
  grad,
  grads,
  memory,
  mul,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Convolution, filterGradient, inputGradient, shapesOf } from '../conformance/float64/convolution';
import { relativeError } from '../conformance/float64/relative-error';
import { values } from '../conformance/float64/values';
import type { Padding } from '../conformance/float64/windows';
import { useBackend } from '../use-backend';

const explicit = (top: number, bottom: number, left: number, right: number): Padding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const name = ({ input, kernel, strides, pad, dilations = [1, 1], filters, depthwise }: Convolution) =>
  `${depthwise ? 'depthwise' : 'full'} ${input} kernel ${kernel} filters ${filters} stride ${strides} dilation ${dilations} ${JSON.stringify(pad)}`;

function numbers(convolution: Convolution) {
  const { x, w, y } = shapesOf(convolution);
  return { x: values(size(x), 1), w: values(size(w), 2), dy: values(size(y), 3) };
}

async function check(convolution: Convolution, [dx, dw]: Tensor[]) {
  const { x, w } = shapesOf(convolution);
  const each = numbers(convolution);
  expect(dx.shape).toEqual(x);
  expect(dw.shape).toEqual(w);
  expect(relativeError(await dx.data(), inputGradient(convolution, each.w, each.dy))).toBeLessThan(1e-6);
  expect(relativeError(await dw.data(), filterGradient(convolution, each.x, each.dy))).toBeLessThan(1e-6);
  dispose([dx, dw]);
}

/** Both gradients as the tape finds them. */
function gradients(convolution: Convolution): Tensor[] {
  const { strides, pad, dilations = [1, 1], depthwise } = convolution;
  const { x, w, y } = shapesOf(convolution);
  const each = numbers(convolution);
  const run = (images: Tensor, filter: Tensor) =>
    depthwise
      ? depthwiseConv2d(images as Tensor4D, filter as Tensor4D, strides, pad, 'NHWC', dilations)
      : conv2d(images as Tensor4D, filter as Tensor4D, strides, pad, 'NHWC', dilations);
  return tidy(() => grads(run)([tensor(each.x, x), tensor(each.w, w)], tensor(each.dy, y)));
}

const plain: Convolution[] = [];
for (const strides of [
  [1, 1],
  [2, 2],
] as [number, number][]) {
  for (const pad of ['same', 'valid', explicit(1, 1, 1, 1)] as Padding[]) {
    for (const filters of [1, 3]) {
      plain.push({ input: [2, 9, 8, 5], kernel: [3, 3], strides, pad, filters, depthwise: true });
    }
  }
}
plain.push(
  { input: [3, 6, 7, 4], kernel: [1, 1], strides: [2, 2], pad: 'valid', filters: 1, depthwise: true },
  { input: [1, 8, 8, 2], kernel: [2, 2], strides: [3, 3], pad: 'valid', filters: 2, depthwise: true },
  { input: [2, 9, 8, 3], kernel: [3, 2], strides: [1, 2], pad: 'same', filters: 1, depthwise: true },
  { input: [1, 5, 5, 2], kernel: [2, 2], strides: [1, 1], pad: explicit(2, 3, 2, 2), filters: 1, depthwise: true },
  { input: [1, 6, 7, 2], kernel: [3, 3], strides: [2, 1], pad: explicit(2, 0, 0, 1), filters: 2, depthwise: true },
  { input: [2, 4, 4, 3], kernel: [4, 4], strides: [1, 1], pad: 'valid', filters: 1, depthwise: true },
  { input: [4, 1, 1, 17], kernel: [7, 7], strides: [1, 1], pad: 'same', filters: 1, depthwise: true },
);

describe.each(['wasm', 'cpu'] as const)('gradients of depthwiseConv2d on %s against float64', (backend) => {
  it.each(plain.map((each) => [name(each), each] as const))('%s', async (_name, convolution) => {
    await useBackend(backend);
    await check(convolution, gradients(convolution));
  });
});

const dilated: Convolution[] = [];
for (const depthwise of [false, true]) {
  for (const pad of ['same', 'valid', explicit(2, 1, 0, 3), explicit(5, 5, 5, 5)] as Padding[]) {
    for (const dilations of [
      [2, 2],
      [3, 1],
    ] as [number, number][]) {
      dilated.push({ input: [2, 9, 8, 3], kernel: [3, 2], strides: [1, 1], pad, dilations, filters: 2, depthwise });
    }
  }
}

describe.each(['wasm', 'cpu'] as const)('gradients of dilated convolutions on %s against float64', (backend) => {
  it.each(dilated.map((each) => [name(each), each] as const))('%s', async (_name, convolution) => {
    await useBackend(backend);
    await check(convolution, gradients(convolution));
  });
});

describe('the gradient of a dilated convolution', () => {
  const convolution: Convolution = { ...dilated[0], depthwise: false };
  const { x, w, y } = shapesOf(convolution);
  const each = numbers(convolution);
  const run = (images: Tensor, filter: Tensor, format: 'NHWC' | 'NCHW' = 'NHWC') =>
    conv2d(images as Tensor4D, filter as Tensor4D, 1, 'same', format, convolution.dilations);

  it('is the same with the channels first', async () => {
    await useBackend('cpu');
    const first = [0, 3, 1, 2];
    const pair = tidy(() => {
      const upstream = transpose(tensor(each.dy, y), first);
      const [dx, dw] = grads((images, filter) => run(images, filter, 'NCHW'))(
        [transpose(tensor(each.x, x), first), tensor(each.w, w)],
        upstream,
      );
      return [transpose(dx, [0, 2, 3, 1]), dw];
    });
    await check(convolution, pair);
  });

  it.each(['wasm', 'cpu'] as const)('has a gradient of its own on %s: w is found again from dx', async (backend) => {
    await useBackend(backend);
    // <dx(w), g> is linear in w: its gradient, times w, gives it back.
    const [product, itself] = tidy(() => {
      const [images, filter, upstream] = [tensor(each.x, x), tensor(each.w, w), tensor(each.dy, y)];
      const inner = (taps: Tensor) => sum(mul(grad((image) => run(image, taps))(images, upstream), images));
      return [sum(mul(grad(inner)(filter), filter)), inner(filter)];
    });
    expect((await product.data())[0]).toBeCloseTo((await itself.data())[0], 3);
    dispose([product, itself]);
  });

  it('leaves no tensor and no buffer', async () => {
    await useBackend('wasm');
    const before = memory();
    for (const depthwise of [false, true]) {
      for (const dilations of [
        [1, 1],
        [2, 2],
      ] as [number, number][])
        dispose(gradients({ ...convolution, depthwise, dilations }));
    }
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  });
});
