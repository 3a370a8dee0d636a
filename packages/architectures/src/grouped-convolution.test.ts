import '@agoge/backend-onnx';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { repairBackend } from '@agoge/backends';
import { normal } from '@agoge/core';
import {
  grads,
  memory,
  mul,
  profile,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { convolve } from './convolve';
import { GroupedConv2D } from './grouped-convolution';
import { gaussian } from './initial-weights';

interface Case {
  height: number;
  width: number;
  from: number;
  filters: number;
  groups: number;
  kernelSize: number;
  strides: number;
  bias?: boolean;
}

const cases: Case[] = [
  { height: 5, width: 6, from: 4, filters: 6, groups: 2, kernelSize: 3, strides: 1 },
  { height: 5, width: 6, from: 4, filters: 6, groups: 2, kernelSize: 3, strides: 2, bias: true },
  { height: 6, width: 5, from: 6, filters: 3, groups: 3, kernelSize: 1, strides: 2 },
  { height: 4, width: 4, from: 24, filters: 24, groups: 6, kernelSize: 3, strides: 1 }, // 2 convolutions of 3 groups
  { height: 4, width: 5, from: 40, filters: 40, groups: 2, kernelSize: 3, strides: 2 }, // a convolution for each group
  { height: 7, width: 9, from: 64, filters: 64, groups: 16, kernelSize: 3, strides: 2 }, // ResNeXt's, on odd maps
  { height: 9, width: 7, from: 6, filters: 12, groups: 3, kernelSize: 5, strides: 2, bias: true },
  { height: 7, width: 8, from: 4, filters: 12, groups: 4, kernelSize: 3, strides: 3 }, // three filters for each channel
  { height: 3, width: 3, from: 8, filters: 4, groups: 2, kernelSize: 1, strides: 1 },
];

function network({ height, width, from, bias = false, ...shape }: Case): LayersModel {
  const images = input({ shape: [height, width, from] });
  const initial = { seed: 0, convolution: gaussian(1), dense: gaussian(1) };
  const net = model({ inputs: images, outputs: convolve(images, { ...shape, bias, name: 'conv' }, initial) });
  if (bias) {
    const values = normal({ seed: 1, stream: 'bias' }, shape.filters);
    tidy(() => void net.weights[1].write(tensor(values)));
  }
  return net;
}

/** Value and gradients of sum(y * along), PyTorch's padding, in float64: each product of a pixel and a weight, once. */
function reference(shape: Case, x: Float32Array, kernel: Float32Array, along: Float32Array) {
  const { height, width, from, filters, groups, kernelSize, strides } = shape;
  const padding = (kernelSize - 1) / 2;
  const [rows, columns] = [height, width].map((size) => Math.floor((size + 2 * padding - kernelSize) / strides) + 1);
  const [y, dx, dKernel] = [rows * columns * filters, x.length, kernel.length].map((size) => new Float64Array(size));
  const inputs = from / groups;
  for (let at = 0; at < y.length; at++) {
    const [row, column, o] = [Math.floor(at / (columns * filters)), Math.floor(at / filters) % columns, at % filters];
    const first = Math.floor(o / (filters / groups)) * inputs;
    for (let i = 0; i < kernelSize ** 2 * inputs; i++) {
      const [u, v] = [Math.floor(i / (kernelSize * inputs)), Math.floor(i / inputs) % kernelSize];
      const [r, c] = [row * strides + u - padding, column * strides + v - padding];
      if (r < 0 || c < 0 || r >= height || c >= width) continue;
      const [pixel, weight] = [(r * width + c) * from + first + (i % inputs), i * filters + o];
      y[at] += x[pixel] * kernel[weight];
      dx[pixel] += along[at] * kernel[weight];
      dKernel[weight] += along[at] * x[pixel];
    }
  }
  return { y, dx, dKernel, shape: [1, rows, columns, filters] };
}

async function expectClose(actual: Tensor, expected: Float64Array): Promise<void> {
  const values = await actual.data();
  expect(values).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(values[i] - value)).toBeLessThan(2e-5 * (1 + Math.abs(value)));
  });
}

describe.each(['cpu', 'wasm', 'onnx'])('on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
    repairBackend();
  });

  it.each(cases)('value and gradients are those in float64: %o', async (shape) => {
    const { height, width, from, filters, groups, kernelSize } = shape;
    const net = network(shape);
    const pixels = normal({ seed: 1, stream: 'x' }, height * width * from);
    const x = tensor(pixels, [1, height, width, from]) as Tensor4D;
    const [kernel, bias] = net.weights.map((weight) => weight.read());
    expect(kernel.shape).toEqual([kernelSize, kernelSize, from / groups, filters]);
    const y = net.predict(x) as Tensor;
    const along = normal({ seed: 1, stream: 'along' }, y.size);
    const expected = reference(shape, pixels, (await kernel.data()) as Float32Array, along);
    const offsets = bias ? await bias.data() : [];
    const shifted = expected.y.map((value, i) => value + (offsets[i % filters] ?? 0));
    expect(y.shape).toEqual(expected.shape);
    expect(net.outputShape).toEqual([null, ...expected.shape.slice(1)]);
    await expectClose(y, shifted);
    const loss = (each: Tensor) => sum(mul(net.apply(each) as Tensor, tensor(along, y.shape)));
    const [dx, dKernel] = grads((each: Tensor, _: Tensor) => loss(each))([x, kernel]);
    await expectClose(dx, expected.dx);
    await expectClose(dKernel, expected.dKernel);
    net.dispose();
  });
});

it('makes 32 groups of 4 channels 8 convolutions, with 6 kernels beside them, and leaves nothing behind', async () => {
  await setBackend('cpu');
  const layer = new GroupedConv2D({ name: 'conv', filters: 128, kernelSize: 3, groups: 32, padding: 'same' });
  const x = tensor(normal({ seed: 1, stream: 'x' }, 4 * 128), [1, 2, 2, 128]);
  layer.apply(x);
  const before = memory().numTensors;
  const { kernels } = await profile(() => layer.apply(x) as Tensor);
  const count = (name: string) => kernels.filter((each) => each.name === name).length;
  expect(count('Conv2D')).toBe(8);
  expect(kernels.map((each) => each.name)).toHaveLength(8 + 6);
  expect(memory().numTensors).toBe(before + 1);
});

it.each<[string, object, string]>([
  ['filters that groups do not divide', { filters: 5 }, 'filters must be a multiple of groups, got 5 and 2'],
  ['no groups', { groups: 0 }, 'groupedConv2d: groups must be an integer >= 1, got 0'],
  ['half a stride', { strides: 0.5 }, 'groupedConv2d: strides must be an integer >= 1, got 0.5'],
  ['padding by numbers', { padding: 1 }, 'groupedConv2d: padding must be one of "same", "valid", got 1'],
])('refuses %s', (_, change, message) => {
  const options = { filters: 4, kernelSize: 3, groups: 2, ...change } as ConstructorParameters<typeof GroupedConv2D>[0];
  expect(() => new GroupedConv2D(options)).toThrow(message);
});

it('refuses images whose channels groups do not divide', () => {
  const layer = new GroupedConv2D({ filters: 4, kernelSize: 3, groups: 2 });
  expect(() => layer.apply(input({ shape: [8, 8, 3] }))).toThrow(
    'groupedConv2d: input channels must be a multiple of groups, got 3 and 2',
  );
});
