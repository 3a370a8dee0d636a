import '@tensorflow/tfjs-layers';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  abs,
  add,
  backend,
  complex,
  dilation2d,
  engine,
  grad,
  imag,
  mul,
  real,
  reshape,
  setBackend,
  spectral,
  string,
  sum,
  type Tensor4D,
  tensor,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import './index';
import type { OnnxBackend } from './index';

beforeEach(async () => {
  await setBackend('onnx');
});

describe('complex numbers', () => {
  it('come and go between what is lowered and what is not', async () => {
    const z = complex(add(tensor1d([2, -1]), 1), tensor1d([4, -5]));
    expect([...(await z.data())]).toEqual([3, 4, 0, -5]);
    expect([...(await abs(z).data())]).toEqual([5, 5]);
    const square = mul(z, reshape(z, [2]));
    expect([...(await real(square).data())]).toEqual([-7, -25]);
    expect([...(await add(imag(square), 1).data())]).toEqual([25, 1]);
  });

  it('give the spectrum of a wave', async () => {
    const n = 8;
    const wave = tensor1d(Float32Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * 2 * i) / n)));
    const spectrum = await abs(spectral.rfft(wave)).data();
    expect(Array.from(spectrum, (each) => Math.round(each * 1e5) / 1e5)).toEqual([0, 0, 4, 0, 0]);
  });
});

describe('kernels of the cpu backend', () => {
  it('get tensors that know their rank, lists of them, and strings', async () => {
    const x = tensor4d([1, 5, 2, 4], [1, 2, 2, 1]);
    const filter = tensor([0, 0, 0, 0], [2, 2, 1]);
    const g = tidy(() => grad((each) => sum(dilation2d(each as Tensor4D, filter as never, 1, 'valid')))(x));
    expect([...(await g.data())]).toEqual([0, 1, 0, 0]);
    const words = string.stringSplit(tensor1d(['a b', 'c'], 'string'), ' ');
    expect(await words.values.data()).toEqual(['a', 'b', 'c']);
  });

  it('leave nothing on that backend, whether they succeed or throw', async () => {
    const cpu = engine().findBackend('cpu') as MathBackendCPU;
    const held = cpu.data.numDataIds();
    const onnx = backend() as OnnxBackend;
    expect([...(await abs(complex([3], [4])).data())]).toEqual([5]);
    expect(onnx.report().fallbacks.ComplexAbs).toBeGreaterThan(0);
    expect(() => string.stringToHashBucketFast(tensor1d(['a'], 'string'), 0)).toThrow();
    expect(cpu.data.numDataIds()).toBe(held);
  });
});
