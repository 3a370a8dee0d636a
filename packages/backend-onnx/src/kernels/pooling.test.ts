import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { repairBackend } from '@agoge/backends';
import { grad, maxPool, randomUniform, setBackend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import '../index';

const [low, none] = [Number.NEGATIVE_INFINITY, Number.NaN];
const least = -3.4028234663852886e38;

describe('the gradient of the largest', () => {
  it.each([
    [2, 2],
    [2, 1],
    [3, 2],
    [1, 2],
  ])('goes to the first of windows of %d every %d, whatever they hold', async (size, stride) => {
    const x = tensor4d([low, low, 1, 2, low, low, 3, 4, low, none, least, low, low, 0, low, low], [1, 4, 4, 1]);
    const gradient = async (name: string) => {
      await setBackend(name);
      repairBackend();
      const f = grad((each) => maxPool(each as Tensor4D, size, stride, 'same'));
      const y = maxPool(x, size, stride, 'same');
      const g = f(x, randomUniform(y.shape, 1, 2, 'float32', 1));
      const values = await g.data();
      for (const each of [y, g]) each.dispose();
      return values;
    };
    expect(await gradient('onnx')).toEqual(await gradient('cpu'));
  });
});
