import '@tensorflow/tfjs-layers';
import {
  add,
  backend,
  gather,
  grad,
  matMul,
  memory,
  mul,
  neg,
  ones,
  registerKernel,
  relu,
  setBackend,
  square,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  unregisterKernel,
  variable,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OnnxBackend } from './index';
import './index';
import { kernels } from './kernels';

const onnx = () => backend() as OnnxBackend;
let before: { numTensors: number; numDataBuffers: number };
beforeEach(async () => {
  await setBackend('onnx');
  before = memory();
});
/** The backend computes right, and holds no more than before. */
afterEach(async () => {
  const x = tensor2d([1, 2, 3, 4], [2, 2]);
  const y = tidy(() => sum(matMul(x, relu(x))));
  expect([...(await y.data())]).toEqual([54]);
  x.dispose();
  y.dispose();
  expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  expect(onnx().numDataIds()).toBe(before.numDataBuffers);
  expect(onnx().report().pending).toBe(0);
});

/** An element that is not there: ONNX Runtime finds out when it runs. */
const beyond = () => tidy(() => gather(tensor1d([1, 2, 3]), tensor1d([5], 'int32')));

describe('a kernel that fails when it runs', () => {
  it('is named by the read of its result, each time, and by every result that depends on it', async () => {
    const y = beyond();
    const z = tidy(() => square(add(y, 1)));
    const message = /^onnx: GatherV2 failed: indices element out of data bounds, idx=5/;
    await expect(z.data()).rejects.toThrow(message);
    await expect(y.data()).rejects.toThrow(message);
    expect(() => z.dataSync()).toThrow(message);
    const later = mul(z, 2);
    await expect(later.data()).rejects.toThrow(message);
    for (const each of [y, z, later]) each.dispose();
  });

  it('takes nothing else with it, whichever is read first', async () => {
    const a = tensor1d([1, 2]);
    for (const order of ['bad first', 'good first']) {
      const [good, bad, alsoGood] = [mul(a, 2), beyond(), square(a)];
      const tried = async () => expect(bad.data()).rejects.toThrow('GatherV2');
      if (order === 'bad first') await tried();
      expect([...(await good.data())]).toEqual([2, 4]);
      await tried();
      expect([...(await alsoGood.data())]).toEqual([1, 4]);
      for (const each of [good, bad, alsoGood]) each.dispose();
    }
    a.dispose();
  });

  it('is told by a flush', async () => {
    const bad = beyond();
    await expect(onnx().flush()).rejects.toThrow('onnx: GatherV2 failed');
    await expect(onnx().flush()).resolves.toBeUndefined();
    bad.dispose();
  });

  it('is nobody else’s fault when it is disposed of unread', async () => {
    beyond().dispose();
    await onnx().flush();
  });

  it('leaves a gradient and a training step after it right', async () => {
    const start = tensor1d([1, 2]);
    const w = variable(start);
    const bad = tidy(() => grad((x) => sum(mul(square(x), gather(x, tensor1d([7], 'int32')))))(w));
    await expect(bad.data()).rejects.toThrow('GatherV2');
    const good = tidy(() => grad((x) => sum(square(x)))(w));
    expect([...(await good.data())]).toEqual([2, 4]);
    for (const each of [start, w, bad, good]) each.dispose();
  });
});

describe('out of memory', () => {
  it('names the bytes and what to do', async () => {
    // 40 TB, which no machine has.
    const y = tidy(() => square(matMul(ones([1e7, 1]), ones([1, 1e6]))));
    await expect(y.data()).rejects.toThrow(
      /^onnx: \w+ failed: out of memory: ONNX Runtime could not allocate [\d,]{14,} bytes; take smaller batches, or dispose/,
    );
    y.dispose();
  });
});

describe('an exception of the program', () => {
  const thrown = new Error('of the program');
  it('inside tidy leaves nothing that waits', async () => {
    const a = tensor1d([1, 2]);
    const { runs } = onnx().report();
    const body = () =>
      tidy(() => {
        square(add(a, 1));
        throw thrown;
      });
    expect(body).toThrow(thrown);
    await onnx().flush();
    expect(onnx().report().runs).toBe(runs);
    a.dispose();
  });

  it('inside a gradient leaves the tape closed', async () => {
    const a = tensor1d([1, 2]);
    // What is saved for a backward pass that never comes stays, in tfjs on every backend: here nothing is.
    const broken = grad((x) => {
      neg(x);
      throw thrown;
    });
    expect(() => broken(a)).toThrow(thrown);
    const g = tidy(() => grad((x) => sum(mul(x, x)))(a));
    expect([...(await g.data())]).toEqual([2, 4]);
    a.dispose();
    g.dispose();
  });
});

describe('a kernel at fault in this package', () => {
  it('that cannot be recorded leaves nothing behind', async () => {
    const a = tensor1d([1, 2]);
    registerKernel({
      kernelName: 'OfThisTest',
      backendName: 'onnx',
      kernelFunc: ({ inputs, backend: onnxBackend }) =>
        (onnxBackend as OnnxBackend).record(
          {
            kernel: 'OfThisTest',
            infer: () => ({ shape: [2], dtype: 'float32' }),
            lower() {
              throw new Error('internal: of this test');
            },
          },
          inputs as never,
          {},
        ),
    });
    const { engine } = await import('@tensorflow/tfjs-core');
    const [good, bad] = [square(a), engine().runKernel('OfThisTest', { a }) as Tensor];
    await expect(bad.data()).rejects.toThrow('onnx: OfThisTest failed: internal: of this test');
    expect([...(await good.data())]).toEqual([1, 4]);
    unregisterKernel('OfThisTest', 'onnx');
    for (const each of [a, good, bad]) each.dispose();
  });

  it('that cannot infer its result throws at once', () => {
    const conv = kernels.find(({ kernel }) => kernel === 'Conv2D');
    expect(() => onnx().record(conv as never, {}, {})).toThrow();
  });
});

describe('disposal', () => {
  it('twice is once', () => {
    const a = tensor1d([1, 2]);
    const b = square(a);
    a.dispose();
    a.dispose();
    b.dispose();
    b.dispose();
    expect(() => square(a)).toThrow(/disposed/);
    expect(onnx().disposeData({})).toBe(true);
  });
});

describe('numbers that are none', () => {
  it('are carried as tfjs does', async () => {
    const a = tensor1d([Number.NaN, Infinity, -Infinity, -0]);
    const [doubled, kept] = [mul(a, 2), relu(a)];
    expect([...(await doubled.data())]).toEqual([Number.NaN, Infinity, -Infinity, -0]);
    expect([...(await kept.data())].slice(0, 3)).toEqual([Number.NaN, Infinity, 0]);
    for (const each of [a, doubled, kept]) each.dispose();
  });
});
