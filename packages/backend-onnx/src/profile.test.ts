import '@tensorflow/tfjs-layers';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import {
  backend,
  conv2d,
  grad,
  image,
  memory,
  relu,
  setBackend,
  square,
  sum,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type OnnxBackend, type Profile, profile } from './index';

const onnx = () => backend() as OnnxBackend;
beforeEach(async () => {
  await setBackend('onnx');
  await onnx().flush();
});

const callsOf = ({ kernels }: Profile) =>
  Object.fromEntries(
    kernels.filter(({ kernel }) => !/^(onnx |results$)/.test(kernel)).map(({ kernel, calls }) => [kernel, calls]),
  );
const numbers = (shape: [number, number, number, number]) =>
  tensor4d(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
    shape,
  );

describe('profile', () => {
  it('counts the calls of each kernel over the runs, and its milliseconds', async () => {
    const x = tensor1d([1, -2, 3]);
    const found = await profile(async () => {
      for (let i = 0; i < 4; i++) {
        const y = tidy(() => sum(square(square(relu(x)))));
        expect((await y.data())[0]).toBe(82);
        y.dispose();
      }
    });
    expect(callsOf(found)).toEqual({ Relu: 4, Square: 8, Sum: 4 });
    expect(found).toMatchObject({ compiled: 1, runs: 4 });
    expect(found.kernels.reduce((all, { share }) => all + share, 0)).toBeCloseTo(1, 10);
    expect(found.kernels.every(({ ms }, i) => i === 0 || ms <= found.kernels[i - 1].ms)).toBe(true);
    expect(found.runMs).toBeGreaterThanOrEqual(found.kernels.reduce((all, { ms }) => all + ms, 0));
    expect(found.ms).toBeGreaterThan(found.runMs);
  });

  it('knows convolutions that ONNX Runtime makes its own of, whose weights are constants', async () => {
    const [x, w] = [numbers([2, 8, 8, 16]), numbers([3, 3, 16, 16])];
    const thaw = onnx().freeze([w]);
    const found = await profile(() =>
      tidy(() => grad((each) => sum(square(relu(conv2d(each as Tensor4D, w, 1, 'same')))))(x)).data(),
    );
    thaw();
    expect(callsOf(found)).toMatchObject({ Conv2D: 1, Conv2DBackpropInput: 1, Relu: 1 });
    const time = (kernel: string) => found.kernels.find((each) => each.kernel === kernel)?.ms;
    expect(time('Conv2D')).toBeGreaterThan(0);
    expect(time('Conv2DBackpropInput')).toBeGreaterThan(0);
    expect(found.kernels.map(({ kernel }) => kernel)).not.toContain('onnx Conv');
  });

  it('tells of kernels that ran on cpu, and of what was left pending', async () => {
    const boxes = tensor2d([0, 0, 1, 1, 0, 0, 0.9, 1, 2, 2, 3, 3], [3, 4]);
    const found = await profile(() => {
      image.nonMaxSuppression(boxes, tensor1d([0.9, 0.8, 0.7]), 3, 0.5).dispose();
      relu(boxes);
    });
    expect(callsOf(found)).toEqual({ 'NonMaxSuppressionV3 (cpu)': 1, Relu: 1 });
  });

  it('leaves nothing behind: tensors, files, compiled graphs', async () => {
    const x = tensor1d([1, -2, 3]);
    const step = async () => {
      const y = tidy(() => sum(relu(x)));
      await y.data();
      y.dispose();
    };
    await step();
    const files = () => readdirSync(tmpdir()).filter((name) => name.startsWith('agoge-profile-'));
    const [{ numTensors }, { kept, compiled }, before] = [memory(), onnx().report(), files()];
    await profile(step);
    expect(memory().numTensors).toBe(numTensors);
    expect(onnx().report().kept).toBe(kept);
    expect(files()).toEqual(before);
    await step();
    expect(onnx().report().compiled).toBe(compiled + 1); // the profile's
  });

  it('lets an error through, and the backend goes on', async () => {
    await expect(
      profile(async () => {
        throw new Error('of the body');
      }),
    ).rejects.toThrow(/^of the body$/);
    expect([...(await relu(tensor1d([-1, 2])).data())]).toEqual([0, 2]);
  });

  it('refuses another backend', async () => {
    await setBackend('cpu');
    await expect(profile(() => undefined)).rejects.toThrow('profile: the current backend must be onnx, got cpu');
  });
});
