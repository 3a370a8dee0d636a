import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import {
  avgPool,
  backend,
  conv2d,
  depthwiseConv2d,
  dispose,
  fused,
  gather,
  getKernel,
  grad,
  grads,
  matMul,
  maxPool,
  memory,
  ones,
  type Rank,
  reshape,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { values } from './conformance/float64/values';
import { repairBackend } from './repair-backend';

/** The faults of tfjs 4.22.0 with what they should give. The stock kernels are asked first, so that a fault that goes is noticed. */
const faults: { name: string; backend: 'cpu' | 'wasm'; compute: () => Tensor; right: number[] }[] = [
  {
    name: 'the gradient of conv2d by its filter is missing',
    backend: 'wasm',
    compute: () =>
      grad((w) => conv2d(tensor4d(new Array(9).fill(1), [1, 3, 3, 1]), w as Tensor4D, 1, 'valid'))(ones([2, 2, 1, 1])),
    right: [4, 4, 4, 4],
  },
  {
    name: 'the gradient of gather is missing',
    backend: 'wasm',
    compute: () => grad((x) => gather(x, tensor1d([1, 1], 'int32')))(ones([2])),
    right: [0, 2],
  },
  {
    name: 'the gradient of maxPool loses a maximum below zero',
    backend: 'wasm',
    compute: () => grad((x) => maxPool(x as Tensor4D, 2, 2, 'valid'))(tensor4d([-4, -3, -2, -1], [1, 2, 2, 1])),
    right: [0, 0, 0, 1],
  },
  {
    name: 'the gradient of maxPool takes the last of tied maxima',
    backend: 'wasm',
    compute: () => grad((x) => maxPool(x as Tensor4D, 2, 2, 'valid'))(ones([1, 2, 2, 1])),
    right: [1, 0, 0, 0],
  },
  ...(['cpu', 'wasm'] as const).map((backend) => ({
    name: 'the gradient of avgPool divides by the whole window at the border',
    backend,
    compute: () => grad((x) => avgPool(x as Tensor4D, 3, 1, 'same'))(ones([1, 2, 2, 1])),
    right: [1, 1, 1, 1],
  })),
  {
    name: 'a transposed fused.matMul adds the bias once per 48 and by position in the result',
    backend: 'wasm',
    compute: () =>
      fused.matMul({ a: ones([2, 100]), b: ones([3, 100]), transposeB: true, bias: tensor1d([10, 20, 30]) }),
    right: [110, 120, 130, 110, 120, 130],
  },
  {
    name: 'a transposed fused.matMul clamps partial sums',
    backend: 'wasm',
    compute: () => {
      const a = tensor2d(
        Array.from({ length: 100 }, (_, i) => (i < 48 ? -1 : 98 / 52)),
        [1, 100],
      );
      return fused.matMul({ a, b: ones([1, 100]), transposeB: true, activation: 'relu' });
    },
    right: [50],
  },
  ...(['cpu', 'wasm'] as const).flatMap((backend) => [
    {
      name: 'a dilated conv2d has no gradient',
      backend,
      compute: () =>
        grad((x) => conv2d(x as Tensor4D, ones<Rank.R4>([2, 2, 1, 1]), 1, 'valid', 'NHWC', 2))(ones([1, 3, 3, 1])),
      right: [1, 0, 1, 0, 0, 0, 1, 0, 1],
    },
    {
      name: 'a dilated depthwiseConv2d has no gradient',
      backend,
      compute: () =>
        grad((w) => depthwiseConv2d(ones<Rank.R4>([1, 3, 3, 1]), w as Tensor4D, 1, 'valid', 'NHWC', 2))(
          ones([2, 2, 1, 1]),
        ),
      right: [1, 1, 1, 1],
    },
  ]),
  {
    name: 'the gradient of depthwiseConv2d by its input is missing',
    backend: 'wasm',
    compute: () =>
      grad((x) => depthwiseConv2d(x as Tensor4D, ones<Rank.R4>([2, 2, 1, 1]), 1, 'valid'))(ones([1, 2, 2, 1])),
    right: [1, 1, 1, 1],
  },
  {
    name: 'the gradient of depthwiseConv2d by its filter is missing',
    backend: 'wasm',
    compute: () =>
      grad((w) => depthwiseConv2d(ones<Rank.R4>([1, 3, 3, 1]), w as Tensor4D, 1, 'valid'))(ones([2, 2, 1, 1])),
    right: [4, 4, 4, 4],
  },
  {
    name: 'matMul reads a reshaped weight in its old shape',
    backend: 'wasm',
    compute: () => {
      // The other way round the stock kernel writes beyond its result, over whatever lies there.
      const w = tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
      matMul(ones([1, 3]), w);
      return matMul(ones([1, 2]), reshape(w, [2, 3]));
    },
    right: [5, 7, 9],
  },
];

async function outcome({ backend: name, compute }: (typeof faults)[number]): Promise<number[] | string> {
  await setBackend(name);
  try {
    const result = tidy(compute);
    const found = Array.from(await result.data(), (each) => Math.round(each * 1e4) / 1e4);
    result.dispose();
    return found;
  } catch (error) {
    return String(error);
  }
}

const stock = new Map<string, number[] | string>();
const key = (each: (typeof faults)[number]) => `${each.backend}: ${each.name}`;

beforeAll(async () => {
  for (const each of faults) stock.set(key(each), await outcome(each));
});

describe('repairBackend', () => {
  it.each(faults)('stock $backend: $name', (each) => {
    expect(stock.get(key(each))).not.toEqual(each.right);
  });

  it.each(faults)('repaired $backend: not so that $name', async (each) => {
    await setBackend(each.backend);
    repairBackend();
    expect(await outcome(each)).toEqual(each.right);
  });

  it('names what it repaired on the current backend and no other', async () => {
    await setBackend('cpu');
    const onCpu = repairBackend();
    expect(new Set(onCpu.map((each) => each.backend))).toEqual(new Set(['cpu']));
    expect(onCpu).toContainEqual({ backend: 'cpu', kernel: 'AvgPoolGrad', fault: 'padding-counted' });
    expect(onCpu).toContainEqual({ backend: 'cpu', kernel: 'Conv2D', fault: 'no-gradient-if-dilated' });
    await setBackend('wasm');
    const found = repairBackend();
    expect(new Set(found.map((each) => each.backend))).toEqual(new Set(['wasm']));
    expect(found).toContainEqual({ backend: 'wasm', kernel: 'Conv2DBackpropFilter', fault: 'missing' });
    for (const { kernel } of found) expect(getKernel(kernel, 'wasm')).toBeDefined();
  });

  it('changes nothing the second time, and warns neither time', async () => {
    await setBackend('wasm');
    const warning = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const first = repairBackend();
    const kernels = first.map(({ kernel }) => getKernel(kernel, 'wasm').kernelFunc);
    expect(repairBackend()).toEqual(first);
    expect(first.map(({ kernel }) => getKernel(kernel, 'wasm').kernelFunc)).toEqual(kernels);
    expect(warning).not.toHaveBeenCalled();
    warning.mockRestore();
  });

  it('leaves the heap as large over 40 calls of every repaired kernel', async () => {
    await setBackend('wasm');
    repairBackend();
    const x = tensor4d(values(8 * 16 * 16 * 64, 1), [8, 16, 16, 64]);
    const w = tensor4d(values(3 * 3 * 64 * 4, 2), [3, 3, 64, 4]);
    const [a, b] = [tensor2d(values(400 * 300, 3), [400, 300]), tensor2d(values(500 * 300, 4), [500, 300])];
    const rows = tensor1d([0, 1, 1, 5], 'int32');
    const round = () =>
      tidy(() => {
        grads((image, filter) => conv2d(image as Tensor4D, filter as Tensor4D, 2, 'same'))([x, w]);
        grad((image) => maxPool(image as Tensor4D, 2, 2, 'same'))(x);
        grad((image) => avgPool(image as Tensor4D, 2, 2, 'same'))(x);
        grads((left, right) => matMul(left, right, false, true))([a, b]);
        fused.matMul({ a, b, transposeB: true, activation: 'relu' });
        matMul(a, reshape(b, [300, 500]));
        grad((image) => gather(image, rows))(x);
      });
    const heap = () => (backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.byteLength;
    for (let i = 0; i < 5; i++) round();
    const [before, bytes] = [memory(), heap()];
    for (let i = 0; i < 40; i++) round();
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    expect(heap()).toBe(bytes);
    dispose([x, w, a, b, rows]);
  });
});
