import '@tensorflow/tfjs-layers';
import { repairBackend } from '@agoge/backends';
import { dispose, memory, setBackend, tensor, valueAndGrads } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { randomProgram } from '../test/random-program';
import './index';

const full = process.env.AGOGE_TEST === 'full';
const programs = full ? 2000 : 100;

/** Value and gradients of a seed's program. */
async function run(backend: 'cpu' | 'onnx', seed: number): Promise<ArrayLike<number>[]> {
  await setBackend(backend);
  const { numTensors } = memory();
  const program = randomProgram(seed);
  const inputs = program.inputs.map(({ values, shape }) => tensor(values, shape));
  const { value, grads } = valueAndGrads(program.compute)(inputs);
  const found = await Promise.all([value, ...grads].map((each) => each.data()));
  dispose([value, ...grads, ...inputs]);
  expect(memory().numTensors, `tensors after seed ${seed} on ${backend}`).toBe(numTensors);
  return found;
}

beforeAll(async () => {
  await setBackend('cpu');
  repairBackend();
});

it(`${programs} random programs have the values and gradients that they have on cpu${full ? '' : ' (2,000 with AGOGE_TEST=full)'}`, async () => {
  for (let seed = 0; seed < programs; seed++) {
    const expected = await run('cpu', seed);
    const actual = await run('onnx', seed);
    const sizes = expected.map((values) => Math.max(...Array.from(values, Math.abs)));
    expected.forEach((values, i) => {
      // A gradient that cancels to nothing is as good as the largest one's rounding.
      const largest = Math.max(1e-3, sizes[i], 1e-4 * Math.max(...sizes));
      const worst = Math.max(...Array.from(values, (each, at) => Math.abs(each - actual[i][at]) / largest));
      expect(worst, `seed ${seed}, result ${i}`).toBeLessThan(1e-3);
    });
  }
}, 600_000);
