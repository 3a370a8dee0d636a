import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import { normal } from '@agoge/core';
import { add, setBackend, type Tensor, type Tensor4D, tensor, tensor4d, zeros } from '@tensorflow/tfjs-core';
import { input, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { convolve } from './convolve';
import { heNormal } from './initial-weights';

const golden = new URL('../../../../shared/golden/ops.json', import.meta.url);

beforeAll(async () => {
  await setBackend('cpu');
});

interface Convolution {
  height: number;
  width: number;
  from: number;
  filters: number;
  kernelSize: number;
  strides: number;
  groups?: number;
}

function network({ height, width, from, ...shape }: Convolution): LayersModel {
  const x = input({ shape: [height, width, from] });
  return model({
    inputs: x,
    outputs: convolve(x, { ...shape, name: 'conv' }, { seed: 0, convolution: heNormal('in'), dense: heNormal('in') }),
  });
}

/** The convolution of PyTorch's formula, padded alike on all sides, in float64. */
function reference(x: Float32Array, kernel: Float32Array, shape: Convolution) {
  const { height, width, from, filters, kernelSize, strides, groups = 1 } = shape;
  const padding = (kernelSize - 1) / 2;
  const [rows, columns] = [height, width].map((size) => Math.floor((size + 2 * padding - kernelSize) / strides) + 1);
  const pixel = (row: number, column: number, channel: number) =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : x[(row * width + column) * from + channel];
  const y = Array.from({ length: rows * columns * filters }, (_, at) => {
    const [row, column] = [Math.floor(at / (columns * filters)), Math.floor(at / filters) % columns];
    let total = 0;
    for (let i = 0; i < kernelSize * kernelSize * from; i++) {
      const [u, v] = [Math.floor(i / (kernelSize * from)), Math.floor(i / from) % kernelSize];
      const [r, c] = [row * strides + u - padding, column * strides + v - padding];
      const channel = at % filters;
      if (groups === 1) total += pixel(r, c, i % from) * kernel[i * filters + channel];
      else if (i % from === channel) total += pixel(r, c, channel) * kernel[i];
    }
    return total;
  });
  return { y, shape: [1, rows, columns, filters] };
}

describe('convolve', () => {
  it.each<Convolution>([
    { height: 8, width: 9, from: 2, filters: 3, kernelSize: 3, strides: 1 },
    { height: 8, width: 9, from: 2, filters: 3, kernelSize: 3, strides: 2 },
    { height: 7, width: 8, from: 2, filters: 3, kernelSize: 3, strides: 2 },
    { height: 8, width: 9, from: 3, filters: 2, kernelSize: 1, strides: 2 },
    { height: 7, width: 8, from: 3, filters: 2, kernelSize: 1, strides: 2 },
    { height: 9, width: 10, from: 1, filters: 1, kernelSize: 5, strides: 2 },
    { height: 8, width: 9, from: 3, filters: 3, kernelSize: 3, strides: 2, groups: 3 },
    { height: 7, width: 8, from: 2, filters: 2, kernelSize: 5, strides: 1, groups: 2 },
  ])('pads as PyTorch does: %o', async (shape) => {
    const { height, width, from, filters, kernelSize, groups = 1 } = shape;
    const each = filters / groups;
    const x = normal({ seed: 1, stream: 'x' }, height * width * from);
    const kernel = normal({ seed: 1, stream: 'kernel' }, kernelSize * kernelSize * from * each);
    const convolution = network(shape);
    convolution.setWeights([tensor(kernel, [kernelSize, kernelSize, from, each])]);
    const y = convolution.predict(tensor4d(x, [1, height, width, from])) as Tensor;
    const expected = reference(x, kernel, shape);
    expect(y.shape).toEqual(expected.shape);
    const actual = await y.data();
    expected.y.forEach((each, i) => {
      expect(actual[i]).toBeCloseTo(each, 4);
    });
  });

  it.skipIf(!existsSync(golden))("agrees with PyTorch's own figures (needs ../shared/golden)", async () => {
    const { cases } = JSON.parse(readFileSync(golden, 'utf8'));
    const ours = cases.filter(({ name }: { name: string }) =>
      ['conv_k3_s2_pad1_torch', 'conv_k3_s2_pad1_torch_odd', 'conv_k1_s2_valid', 'conv_k3_s1_same'].includes(name),
    );
    expect(ours).toHaveLength(4);
    for (const each of ours) {
      const [x, expected] = [tensor(each.x), tensor(each.y)];
      const kernel = tensor(each.w) as Tensor4D;
      const [kernelSize, , from, filters] = kernel.shape;
      const [, height, width] = x.shape;
      const convolution = network({ height, width, from, filters, kernelSize, strides: each.strides });
      convolution.setWeights([kernel]);
      const y = add(convolution.predict(x) as Tensor, tensor(each.b ?? zeros([filters])));
      expect(y.shape).toEqual(expected.shape);
      const [actual, wanted] = [await y.data(), await expected.data()];
      wanted.forEach((value, i) => {
        expect(Math.abs(actual[i] - value)).toBeLessThan(2e-5 * (1 + Math.abs(value)));
      });
    }
  });
});
