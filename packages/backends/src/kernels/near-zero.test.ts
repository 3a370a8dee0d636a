import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { elu, erf, memory, selu, sin, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { erf as erf64 } from '../conformance/float64/special-functions';
import { useBackend } from '../use-backend';

/** On both sides of where the repair ends, and down to where float32 does. */
const points = [1e-37, 1e-20, 1e-8, 1e-4, 0.01, 0.2, 0.2499, 0.2501, 0.3, 1, 3]
  .flatMap((x) => [-x, x])
  .map(Math.fround);
const scaled = (x: number) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));

describe.each(['cpu', 'wasm'] as const)('a function that is 0 at 0, on %s', (name) => {
  it.each<[string, (x: Tensor) => Tensor, (x: number) => number]>([
    ['elu', elu, (x) => (x > 0 ? x : Math.expm1(x))],
    ['erf', erf, erf64],
    ['selu', selu, scaled],
    ['sin', sin, Math.sin],
  ])('%s has all its digits near it', async (_, op, of) => {
    await useBackend(name);
    const before = memory().numTensors;
    const x = tensor1d(points);
    const y = op(x);
    const found = await y.data();
    for (const [i, each] of found.entries()) expect(each / of(points[i])).toBeCloseTo(1, 5);
    x.dispose();
    y.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('0 stays 0, and NaN is NaN', async () => {
    await useBackend(name);
    for (const op of [elu, erf, selu, sin]) {
      expect([...(await op(tensor1d([0, Number.NaN])).data())]).toEqual([0, Number.NaN]);
    }
  });
});
