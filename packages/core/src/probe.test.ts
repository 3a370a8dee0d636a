import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import {
  avgPool,
  backend,
  Cumsum,
  conv2d,
  cumsum,
  depthwiseConv2d,
  getGradient,
  getKernel,
  type KernelFunc,
  MaxPoolGrad,
  matMul,
  maxPool,
  memory,
  mirrorPad,
  ones,
  registerKernel,
  reshape,
  setBackend,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { BackendHooks, Classifier } from './contracts';
import { BackendError } from './errors';
import { fromFunction } from './from-function';
import { lossAndGradient } from './gradient';
import { probed } from './probe';
import { stockFaults } from './stock-faults';

const classifier = (features: (x: Tensor4D) => Tensor): Classifier =>
  fromFunction(
    (x) => {
      const flat = reshape(features(x), [x.shape[0], -1]) as Tensor2D;
      return matMul(flat, ones([flat.shape[1], 2]));
    },
    { bounds: [0, 1], classes: 2 },
  );
const filter = () => ones([3, 3, 1, 2]) as Tensor4D;

const convolution = classifier((x) => conv2d(x, filter(), 1, 'same'));
const largest = classifier((x) => maxPool(conv2d(x, filter(), 1, 'same'), 2, 2, 'valid'));
const meanInside = classifier((x) => avgPool(x, 2, 2, 'valid'));
const meanAtBorder = classifier((x) => avgPool(x, 3, 2, 'same'));
const meanOfAll = classifier((x) => avgPool(x, 4, 1, 'valid'));

/** One iteration of a loop. */
async function iterate(f: Classifier): Promise<void> {
  const x = ones([2, 4, 4, 1]) as Tensor4D;
  try {
    const { logits, loss, gradient, check } = lossAndGradient(f, x, (z) => sum(z, 1));
    for (const each of [logits, loss, gradient]) each.dispose();
    await check();
  } finally {
    x.dispose();
  }
}

let programs: MockInstance[];
const runs = () => programs.reduce((total, { mock }) => total + mock.calls.length, 0);
const hooks = () => backend() as BackendHooks;

beforeEach(() => {
  programs = stockFaults.map((each) => vi.spyOn(each, 'compute'));
});
afterEach(() => {
  vi.restoreAllMocks();
  delete hooks().flush;
});

/** Puts a function in a kernel's place, with the way back. */
function replace(kernelName: string, kernelFunc: KernelFunc): () => void {
  const config = getKernel(kernelName, 'wasm');
  const exchange = (each: KernelFunc) => {
    unregisterKernel(kernelName, 'wasm');
    registerKernel({ ...config, kernelFunc: each });
  };
  const { kernelFunc: stock } = config;
  exchange(kernelFunc);
  return () => exchange(stock);
}

/** The first maximum of each 2x2 window, for the models of this file: one image row of windows after another. */
const firstMaximum: KernelFunc = ({ inputs, backend: on }) => {
  const { dy, input } = inputs as Record<'dy' | 'input', Tensor>;
  const [n, height, width, channels] = input.shape;
  const [wasm, dx] = [on as { makeOutput(shape: number[], dtype: string): Tensor }, new Float32Array(input.size)];
  const [x, g] = [input.dataSync(), dy.dataSync()];
  const at = (image: number, row: number, column: number, channel: number) =>
    ((image * height + row) * width + column) * channels + channel;
  for (let i = 0; i < dy.size; i++) {
    const channel = i % channels;
    const column = 2 * (Math.floor(i / channels) % (width / 2));
    const row = 2 * (Math.floor(i / channels / (width / 2)) % (height / 2));
    const image = Math.floor(i / (dy.size / n));
    const window = [0, 1].flatMap((down) => [0, 1].map((right) => at(image, row + down, column + right, channel)));
    dx[window.reduce((best, each) => (x[each] > x[best] ? each : best))] += g[i];
  }
  const out = wasm.makeOutput(input.shape, 'float32');
  (on as { typedArrayFromHeap(each: Tensor): Float32Array }).typedArrayFromHeap(out).set(dx);
  return out;
};

describe('a gradient on stock wasm', () => {
  beforeEach(() => setBackend('wasm'));

  it.each([
    ['convolutions and products', convolution],
    ['average pooling without padding', meanInside],
    ['global average pooling', meanOfAll],
  ])('runs where it uses %s, unchecked', async (_what, f) => {
    await iterate(f);
    expect(runs()).toBe(0);
  });

  it('of maximum pooling stops at the check, naming the faults and the repair, and leaves no tensor', async () => {
    const before = memory().numTensors;
    const error = await iterate(largest).catch((each) => each);
    expect(error).toBeInstanceOf(BackendError);
    expect(error.message).toBe(
      'probe: on the wasm backend MaxPoolGrad loses the gradient of a maximum at or below zero (maximum-below-zero), and ' +
        'MaxPoolGrad gives the gradient of tied maxima to the last in place of the first (last-of-tied-maxima); this model ' +
        'rests on it: call repairBackend() of @agoge/backends or, where it has no repair for that, use another backend',
    );
    expect(memory().numTensors).toBe(before);
  });

  it('is checked once, and stops every time', async () => {
    await expect(iterate(meanAtBorder)).rejects.toThrow('AvgPoolGrad counts the padding');
    await expect(iterate(meanAtBorder)).rejects.toThrow('padding-counted');
    expect(runs()).toBe(1);
  });

  it('goes on once the kernel is a right one, and stops again with the stock one', async () => {
    await expect(iterate(largest)).rejects.toThrow('maximum-below-zero');
    const back = replace(MaxPoolGrad, firstMaximum);
    try {
      await iterate(largest);
      expect(runs()).toBe(2);
      await iterate(largest);
      expect(runs()).toBe(2);
    } finally {
      back();
    }
    await expect(iterate(largest)).rejects.toThrow('maximum-below-zero');
    expect(runs()).toBe(2);
  });

  it('is checked once for two loops at a time, and the other model goes on', async () => {
    const back = replace(MaxPoolGrad, (call) => firstMaximum(call));
    try {
      await Promise.all([iterate(largest), iterate(largest), iterate(convolution)]);
      expect(runs()).toBe(2);
    } finally {
      back();
    }
    const outcomes = await Promise.allSettled([iterate(largest), iterate(convolution), iterate(largest)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  });

  it('is checked for whoever it is of, however others come between', async () => {
    const x = ones([2, 4, 4, 1]) as Tensor4D;
    const of = (f: Classifier) => lossAndGradient(f, x, (z) => sum(z, 1)).check;
    of(largest); // and never checked
    const [faulty, right] = [of(largest), of(convolution)];
    await Promise.resolve();
    await right();
    await iterate(convolution);
    await expect(faulty()).rejects.toThrow('maximum-below-zero');
    await right();
    await expect(faulty()).rejects.toThrow('maximum-below-zero');
    x.dispose();
  });

  it('stops where tfjs differentiates a kernel wrongly, a forward pass does not', async () => {
    const mirrored = classifier((x) =>
      mirrorPad(
        x,
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
        'reflect',
      ),
    );
    await expect(iterate(mirrored)).rejects.toThrow(
      'probe: on the wasm backend the gradient of MirrorPad leaves out the mirrored pixels (mirrored-pixels-left-out); ' +
        'this model rests on it: call repairBackend()',
    );
    const x = ones([2, 4, 4, 1]) as Tensor4D;
    const { result, check } = probed('test', () => tidy(() => mirrored(x)));
    await check();
    expect(runs()).toBe(1);
    for (const each of [x, result]) each.dispose();
  });

  it('goes on once the gradient is a right one', async () => {
    const sums = classifier((x) => cumsum(reshape(x, [2, 4, 4]), 1));
    await expect(iterate(sums)).rejects.toThrow('the gradient of Cumsum comes out transposed');
    const config = getGradient(Cumsum);
    const { gradFunc: stock } = config;
    config.gradFunc = (dy, _, { axis }) => ({ x: () => cumsum(dy as Tensor, axis as number, false, true) });
    await iterate(sums);
    config.gradFunc = stock;
    await expect(iterate(sums)).rejects.toThrow('(transposed)');
  });

  it('that lacks a kernel names it, and keeps the cause', () => {
    const depthwise = classifier((x) => depthwiseConv2d(x, filter(), 1, 'same'));
    const x = ones([2, 4, 4, 1]) as Tensor4D;
    const failing = () => lossAndGradient(depthwise, x, (z) => sum(z, 1));
    expect(failing).toThrow(BackendError);
    expect(failing).toThrow(
      'lossAndGradient: the wasm backend has no kernel DepthwiseConv2dNativeBackpropInput, which this model needs: call ' +
        'repairBackend() of @agoge/backends',
    );
    expect(failing).toThrow(
      expect.objectContaining({
        cause: new Error("Kernel 'DepthwiseConv2dNativeBackpropInput' not registered for backend 'wasm'"),
      }),
    );
    x.dispose();
  });

  it('lets errors of the model through', () => {
    const failing = classifier(() => {
      throw new RangeError('mine');
    });
    expect(() => lossAndGradient(failing, ones([2, 4, 4, 1]), (z) => sum(z, 1))).toThrow(new RangeError('mine'));
  });
});

describe('a gradient on stock cpu', () => {
  beforeEach(() => setBackend('cpu'));

  it('of maximum pooling is checked once and runs', async () => {
    await iterate(largest);
    await iterate(largest);
    expect(runs()).toBe(2);
  });

  it('of average pooling stops where it counts padding', async () => {
    await iterate(meanInside);
    await expect(iterate(meanAtBorder)).rejects.toThrow('on the cpu backend AvgPoolGrad counts the padding');
    await iterate(meanOfAll);
  });

  it('is noted without a flush, and flushed before the programs run', async () => {
    const flush = vi.fn(async () => {});
    hooks().flush = flush;
    const config = getKernel(MaxPoolGrad, 'cpu');
    const { kernelFunc: stock } = config;
    config.kernelFunc = (call) => stock(call);
    const x = ones([2, 4, 4, 1]) as Tensor4D;
    const { check } = lossAndGradient(largest, x, (z) => sum(z, 1));
    expect([flush.mock.calls.length, runs()]).toEqual([0, 0]);
    await check();
    expect(runs()).toBe(2);
    const order = programs.flatMap(({ mock }) => mock.invocationCallOrder);
    expect(flush.mock.invocationCallOrder[0]).toBeLessThan(Math.min(...order));
    config.kernelFunc = stock;
  });
});
