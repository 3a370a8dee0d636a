import '@tensorflow/tfjs-backend-cpu';
import { lessEqual, setBackend, square, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { bracket } from './bracket';

beforeAll(async () => {
  await setBackend('cpu');
});

it('closes in on the last parameter that fits, example by example, from either side', () => {
  const limits = tensor1d([2, 9, 0.25]);
  const [good, bad] = bracket(tensor1d([0, 0, 0]), tensor1d([4, 4, 4]), (each) => lessEqual(square(each), limits));
  [Math.SQRT2, 3, 0.5].forEach((root, i) => {
    expect(good.dataSync()[i]).toBeCloseTo(root, 5);
    expect(bad.dataSync()[i] - good.dataSync()[i]).toBeLessThan(1e-6);
    expect(good.dataSync()[i] ** 2).toBeLessThanOrEqual(limits.dataSync()[i]);
  });
});
