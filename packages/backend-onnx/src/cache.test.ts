import '@tensorflow/tfjs-backend-cpu';
import { backend, memory, mul, setBackend, sum, tidy, truncatedNormal } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configureOnnx, type OnnxBackend } from './index';

const report = () => (backend() as OnnxBackend).report();
const megabyte = 2 ** 20;

/** Sums of products of 48 MB each. */
async function sumOfLarge(n: number): Promise<number> {
  const value = tidy(() => {
    const x = truncatedNormal([n, 1024, 1024], 0, 1, 'float32', n);
    return sum(mul(mul(x, x), x));
  });
  const [result] = await value.data();
  value.dispose();
  return result;
}

beforeAll(() => setBackend('onnx'));
afterAll(() => configureOnnx({ cacheBytes: 2 ** 32, cacheSize: 64 }));

it('keeps as many graphs as there is memory for, and gives the same numbers with fewer', async () => {
  const sizes = [8, 9, 10, 11];
  const all: number[] = [];
  for (const n of sizes) all.push(await sumOfLarge(n));
  const { kept, keptBytes } = report();
  expect(kept).toBe(sizes.length);
  expect(keptBytes / megabyte).toBeGreaterThan(100);

  configureOnnx({ cacheBytes: 100 * megabyte });
  const { numTensors } = memory();
  const again: number[] = [];
  for (const n of sizes) {
    again.push(await sumOfLarge(n));
    expect(report().keptBytes / megabyte).toBeLessThan(100);
  }
  expect(again).toEqual(all);
  expect(report().kept).toBeLessThan(sizes.length);
  expect(memory().numTensors).toBe(numTensors);
});
