import '@tensorflow/tfjs-layers';
import {
  add,
  backend,
  conv2d,
  grad,
  image,
  matMul,
  memory,
  mul,
  relu,
  reshape,
  setBackend,
  sigmoid,
  square,
  step,
  sum,
  type Tensor4D,
  tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  transpose,
  variable,
} from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OnnxBackend } from './index';
import './index';
import { loadRuntime } from './runtime';

const onnx = () => backend() as OnnxBackend;
beforeEach(async () => {
  await setBackend('onnx');
  await onnx().flush();
});

describe('recording', () => {
  it('runs nothing until a value is read, then all that is pending at once', async () => {
    const { runs } = onnx().report();
    const x = tensor1d([1, -2, 3]);
    const [y, z] = tidy(() => [relu(x), mul(x, 2)]);
    expect(onnx().report()).toMatchObject({ runs, pending: 2 });
    expect([...(await y.data())]).toEqual([1, 0, 3]);
    expect(onnx().report()).toMatchObject({ runs: runs + 1, pending: 0 });
    expect([...z.dataSync()]).toEqual([2, -4, 6]);
    expect(onnx().report().runs).toBe(runs + 1);
  });

  it('runs what is pending at a flush, and nothing where all of it is disposed of', async () => {
    const { runs } = onnx().report();
    const x = tensor1d([1, 2]);
    tidy(() => void square(x));
    await onnx().flush();
    expect(onnx().report()).toMatchObject({ runs, pending: 0 });
    const y = square(x);
    await onnx().flush();
    expect(onnx().report().runs).toBe(runs + 1);
    expect([...(await y.data())]).toEqual([1, 4]);
  });

  it('runs the same structure again with one compiled graph, whatever the numbers', async () => {
    const program = async (numbers: number[]) => {
      const x = tensor2d(numbers, [2, 2]);
      const y = tidy(() => sum(matMul(x, relu(x))));
      return (await y.data())[0];
    };
    const first = await program([1, 2, 3, 4]);
    const { compiled, compileMs, runMs } = onnx().report();
    expect(first).toBe(54);
    expect(await program([-1, 2, 3, -4])).toBe(-2);
    expect(onnx().report()).toMatchObject({ compiled, compileMs });
    expect(onnx().report().runMs).toBeGreaterThan(runMs);
  });

  it('compiles one graph for steps whose results lie in another order than what they began with', async () => {
    const x = tensor4d(
      Array.from({ length: 16 * 6 * 6 * 3 }, (_, i) => Math.sin(i)),
      [16, 6, 6, 3],
    );
    const started = tensor4d(
      Array.from({ length: 3 * 3 * 3 * 16 }, (_, i) => Math.cos(i)),
      [3, 3, 3, 16],
    );
    const filter = variable(started);
    const gradient = grad((w) => sum(square(relu(conv2d(x, w as Tensor4D, 1, 'same')))));
    const { compiled } = onnx().report();
    for (let i = 0; i < 4; i++) {
      tidy(() => filter.assign(add(filter, mul(gradient(filter), -1e-4))));
      await onnx().flush();
    }
    expect(onnx().report().compiled).toBe(compiled + 1);
    // As one after another on values that lie as their shapes say.
    let same = Float32Array.from(started.dataSync());
    for (let i = 0; i < 4; i++) {
      const next = tidy(() => {
        const w = tensor4d(same, [3, 3, 3, 16]);
        return add(w, mul(gradient(w), -1e-4)).dataSync();
      });
      same = Float32Array.from(next);
    }
    expect([...filter.dataSync()]).toEqual([...same]);
  });

  it('reads what it holds in blocks as the shape says, and takes it back', async () => {
    const x = tensor4d(
      Array.from({ length: 2 * 3 * 3 * 16 }, (_, i) => i % 7),
      [2, 3, 3, 16],
    );
    const filter = tensor4d(
      Array.from({ length: 16 * 16 }, (_, i) => (i % 17 === 0 ? 2 : 0)),
      [1, 1, 16, 16],
    );
    const doubled = conv2d(x, filter, 1, 'same');
    const twice = Array.from(x.dataSync(), (value) => 2 * value);
    expect([...(await doubled.data())]).toEqual(twice);
    const rows = sum(reshape(add(doubled, 1), [18, 16]), 1);
    const expected = Array.from({ length: 18 }, (_, i) => twice.slice(16 * i, 16 * i + 16).reduce((a, b) => a + b, 16));
    expect([...(await rows.data())]).toEqual(expected);
    // Of a runtime without blocks, too.
    const added = await onnx().runOn(
      (options) => ({ ...loadRuntime(options), block: 0 }),
      () => add(doubled, 1).data(),
    );
    expect([...added]).toEqual(twice.map((value) => value + 1));
  });

  it('takes the values that a buffer has when the tensor is made', async () => {
    const buffer = Float32Array.of(1, 2, 3);
    const y = square(tensor1d(buffer));
    buffer.fill(9);
    expect([...(await y.data())]).toEqual([1, 4, 9]);
  });

  it('gives copies: writing into what was read changes no tensor', async () => {
    const x = add(tensor1d([1, 2]), 1);
    (await x.data())[0] = 99;
    expect([...(await x.data())]).toEqual([2, 3]);
  });

  it('runs by itself once very many kernels wait', () => {
    let x = tensor1d([0]);
    for (let i = 0; i < 5000; i++) x = tidy(() => add(x, 1));
    expect(onnx().report().pending).toBeLessThan(5000);
    expect(x.dataSync()[0]).toBe(5000);
  });
});

describe('data', () => {
  it('is shared by reshaped tensors, and freed with the last of them', async () => {
    const { numTensors, numDataBuffers } = memory();
    const x = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const y = reshape(x, [3, 2]);
    expect(memory().numDataBuffers).toBe(numDataBuffers + 1);
    x.dispose();
    expect([...(await transpose(y).data())]).toEqual([1, 3, 5, 2, 4, 6]);
    y.dispose();
    expect(memory().numTensors).toBe(numTensors + 1);
  });

  it('comes back row-major, however the graph laid it', async () => {
    const x = tensor4d(
      Float32Array.from({ length: 2 * 4 * 3 * 2 }, (_, i) => i),
      [2, 4, 3, 2],
    );
    const ones = tensor4d([1, 0, 0, 1], [1, 1, 2, 2]);
    const y = conv2d(x, ones, 1, 'same');
    expect([...(await y.data())]).toEqual([...(await x.data())]);
  });

  it('leaves nothing behind over 50 steps of training, and compiles no more', async () => {
    const x = tensor4d(
      Float32Array.from({ length: 2 * 6 * 6 * 2 }, (_, i) => Math.sin(i)),
      [2, 6, 6, 2],
    );
    const w = variable(
      tensor4d(
        Float32Array.from({ length: 3 * 3 * 2 * 3 }, (_, i) => Math.cos(i)),
        [3, 3, 2, 3],
      ),
    );
    const trainingStep = async () => {
      tidy(() => {
        const g = grad((filter) => sum(square(relu(conv2d(x, filter as Tensor4D, 1, 'same')))))(w) as Tensor4D;
        w.assign(add(w, mul(g, -1e-3)));
      });
      await onnx().flush();
    };
    for (let i = 0; i < 3; i++) await trainingStep();
    const [before, { compiled }] = [memory(), onnx().report()];
    for (let i = 0; i < 50; i++) await trainingStep();
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    expect(onnx().report().compiled).toBe(compiled);
    expect((await w.data()).every(Number.isFinite)).toBe(true);
  });
});

describe('small numbers', () => {
  it('stay: the tail of sigmoid to seven digits, steps of subnormal numbers', async () => {
    const tail = await sigmoid(tensor1d([-18, -20, -40, -80])).data();
    [-18, -20, -40, -80].forEach((x, i) => {
      expect(tail[i] * (1 + Math.exp(-x))).toBeCloseTo(1, 5);
    });
    expect([...(await step(tensor1d([1e-40, -1e-40, 1e-44, 0, Number.NaN])).data())]).toEqual([1, 0, 1, 0, Number.NaN]);
  });
});

describe('frozen weights', () => {
  it('are constants of the graph until they thaw, and give the same numbers', async () => {
    const x = tensor4d(
      Float32Array.from({ length: 2 * 6 * 6 * 16 }, (_, i) => Math.sin(i)),
      [2, 6, 6, 16],
    );
    const w = tensor4d(
      Float32Array.from({ length: 3 * 3 * 16 * 16 }, (_, i) => Math.cos(i)),
      [3, 3, 16, 16],
    );
    const gradient = () =>
      tidy(() => grad((image) => sum(square(relu(conv2d(image as Tensor4D, w, 1, 'same')))))(x)).data();
    const free = await gradient();
    const thaw = onnx().freeze([w]);
    const { compiled } = onnx().report();
    const frozen = await gradient();
    expect(onnx().report().compiled).toBe(compiled + 1);
    thaw();
    thaw();
    const after = await gradient();
    expect(onnx().report().compiled).toBe(compiled + 1);
    expect([...after]).toEqual([...free]);
    const largest = Math.max(...free.map(Math.abs));
    expect(Math.max(...frozen.map((each, i) => Math.abs(each - free[i])))).toBeLessThan(1e-5 * largest);
  });
});

describe('kernels that are not lowered', () => {
  it('run on the cpu backend, and are counted', async () => {
    const boxes = tensor2d([0, 0, 1, 1, 0, 0, 0.9, 1, 2, 2, 3, 3], [3, 4]);
    const kept = image.nonMaxSuppression(boxes, tensor1d([0.9, 0.8, 0.7]), 3, 0.5);
    expect([...(await kept.data())]).toEqual([0, 2]);
    expect(onnx().report().fallbacks.NonMaxSuppressionV3).toBeGreaterThan(0);
  });

  it('complain as tfjs does, and leave the backend usable', async () => {
    expect(() => matMul(tensor2d([1, 2], [1, 2]), tensor2d([1, 2, 3], [1, 3]))).toThrow(/inner shapes/);
    expect([...(await add(tensor([1]), 1).data())]).toEqual([2]);
  });
});
