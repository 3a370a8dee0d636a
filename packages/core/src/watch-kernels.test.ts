import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { getKernel, grad, maxPool, memory, setBackend, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KernelCall, watchKernels } from './watch-kernels';

beforeAll(() => setBackend('cpu'));
const gradient = () =>
  tidy(() => grad((x) => maxPool(x as Tensor4D, 2, 2, 'valid'))(tensor4d([1, 2, 3, 4], [1, 2, 2, 1])));

describe('watchKernels', () => {
  it('tells of the kernels of a forward and a backward pass, with inputs and attributes', async () => {
    const calls: KernelCall[] = [];
    const dx = watchKernels((call) => calls.push(call), gradient);
    expect([...(await dx.data())]).toEqual([0, 0, 0, 1]);
    const pooling = calls.filter(({ kernel }) => kernel.startsWith('MaxPool'));
    expect(pooling.map(({ kernel }) => kernel)).toEqual(['MaxPool', 'MaxPoolGrad']);
    expect(pooling[1].attributes).toMatchObject({ filterSize: 2, pad: 'valid' });
    expect(pooling[1].inputs.dy?.shape).toEqual([1, 1, 1, 1]);
    dx.dispose();
  });

  it('puts the kernels back, after an error too, and leaves no tensor', () => {
    const stock = getKernel('MaxPool', 'cpu').kernelFunc;
    const { numTensors } = memory();
    watchKernels(() => {}, gradient).dispose();
    const fail = () => {
      throw new Error('stop');
    };
    expect(() => watchKernels(fail, gradient)).toThrow('stop');
    expect(getKernel('MaxPool', 'cpu').kernelFunc).toBe(stock);
    expect(memory().numTensors).toBe(numTensors);
  });
});
