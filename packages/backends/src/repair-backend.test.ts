import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { hasFault, stockFaults } from '@agoge/core';
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

const backends = ['cpu', 'wasm'] as const;
const nameOf = ({ kernel, fault }: { kernel: string; fault: string }) => `${kernel}: ${fault}`;

async function silentFaults(): Promise<string[]> {
  const found: string[] = [];
  for (const each of stockFaults) if (await hasFault(each)) found.push(nameOf(each));
  return found;
}

/** Gradients that stock tfjs throws at, with what they should give. */
const missing: { name: string; backend: 'cpu' | 'wasm'; compute: () => Tensor; right: number[] }[] = [
  {
    name: 'conv2d by its filter',
    backend: 'wasm',
    compute: () =>
      grad((w) => conv2d(tensor4d(new Array(9).fill(1), [1, 3, 3, 1]), w as Tensor4D, 1, 'valid'))(ones([2, 2, 1, 1])),
    right: [4, 4, 4, 4],
  },
  {
    name: 'gather',
    backend: 'wasm',
    compute: () => grad((x) => gather(x, tensor1d([1, 1], 'int32')))(ones([2])),
    right: [0, 2],
  },
  {
    name: 'depthwiseConv2d by its input',
    backend: 'wasm',
    compute: () =>
      grad((x) => depthwiseConv2d(x as Tensor4D, ones<Rank.R4>([2, 2, 1, 1]), 1, 'valid'))(ones([1, 2, 2, 1])),
    right: [1, 1, 1, 1],
  },
  {
    name: 'depthwiseConv2d by its filter',
    backend: 'wasm',
    compute: () =>
      grad((w) => depthwiseConv2d(ones<Rank.R4>([1, 3, 3, 1]), w as Tensor4D, 1, 'valid'))(ones([2, 2, 1, 1])),
    right: [4, 4, 4, 4],
  },
  ...backends.flatMap((backend) => [
    {
      name: 'conv2d, dilated',
      backend,
      compute: () =>
        grad((x) => conv2d(x as Tensor4D, ones<Rank.R4>([2, 2, 1, 1]), 1, 'valid', 'NHWC', 2))(ones([1, 3, 3, 1])),
      right: [1, 0, 1, 0, 0, 0, 1, 0, 1],
    },
    {
      name: 'depthwiseConv2d, dilated',
      backend,
      compute: () =>
        grad((w) => depthwiseConv2d(ones<Rank.R4>([1, 3, 3, 1]), w as Tensor4D, 1, 'valid', 'NHWC', 2))(
          ones([2, 2, 1, 1]),
        ),
      right: [1, 1, 1, 1],
    },
  ]),
];

const stock = new Map<string, string[]>();

// The stock kernels are asked first, so that a fault that goes is noticed.
beforeAll(async () => {
  for (const backend of backends) {
    await setBackend(backend);
    stock.set(backend, await silentFaults());
  }
  for (const { backend, compute } of missing) {
    await setBackend(backend);
    expect(() => tidy(compute)).toThrow(/not registered for backend|dilation/);
  }
});

describe('repairBackend', () => {
  it.each(backends)('on %s, ends every silent fault that the stock backend has, and names it', async (backend) => {
    await setBackend(backend);
    const named = repairBackend().map(nameOf);
    const silent = stockFaults.map(nameOf).filter((each) => named.includes(each));
    expect(silent).toContain('AvgPoolGrad: padding-counted');
    expect(stock.get(backend)).toEqual(silent);
    expect(await silentFaults()).toEqual([]);
  });

  it.each(missing)('on $backend, adds the gradient of $name', async ({ backend, compute, right }) => {
    await setBackend(backend);
    repairBackend();
    const result = tidy(compute);
    expect([...(await result.data())]).toEqual(right);
    result.dispose();
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
