import '@tensorflow/tfjs-backend-cpu';
import { crossEntropy } from '@agoge/attacks';
import { type Classifier, ensureGradients } from '@agoge/core';
import {
  argMax,
  equal,
  matMul,
  memory,
  reshape,
  setBackend,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { probabilities, total } from '../../test/float64';
import { adamAscent } from './adam-ascent';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const kernel = [
  [1.5, -1, 0.25],
  [-0.5, 2, 0.75],
];
const images = [
  [0.45, 0.6],
  [0.9, 0.1],
];
const labels = [1, 0];
const classifier = (): Classifier => {
  const f = (x: Tensor4D) => tidy(() => matMul(reshape(x, [x.shape[0], 2]), tensor2d(kernel)) as Tensor2D);
  return Object.assign(f, { classes: 3, bounds: [0, 1] as const });
};
const tensors = () => ({ x: tensor4d(images.flat(), [2, 1, 2, 1]), y: tensor1d(labels, 'int32') });
const run = { seed: 0, index: Float64Array.of(0, 1) };
const clip = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Adam's ascent of the cross entropy in float64, from the images themselves. */
function reference({ eps, steps, stepSize, drops }: { eps: number; steps: number; stepSize: number; drops: number[] }) {
  return images.flatMap((clean, i) => {
    const [x, m, v] = [[...clean], [0, 0], [0, 0]];
    for (let t = 1; t <= steps; t++) {
      const p = probabilities([0, 1, 2].map((k) => total(x.map((each, j) => each * kernel[j][k]))));
      const rate = stepSize * 0.1 ** drops.filter((each) => t > each).length;
      for (const j of [0, 1]) {
        const g = total(p.map((each, k) => (each - Number(k === labels[i])) * kernel[j][k]));
        m[j] = 0.9 * m[j] + 0.1 * g;
        v[j] = 0.999 * v[j] + 0.001 * g * g;
        const move = (rate * m[j]) / (1 - 0.9 ** t) / (Math.sqrt(v[j] / (1 - 0.999 ** t)) + 1e-8);
        x[j] = clip(x[j] + move, Math.max(0, clean[j] - eps), Math.min(1, clean[j] + eps));
      }
    }
    return x;
  });
}

it.each([
  { eps: 0.5, steps: 1, stepSize: 0.1, drops: [] },
  { eps: 0.5, steps: 5, stepSize: 0.02, drops: [2, 3] },
  { eps: 0.03, steps: 10, stepSize: 0.1, drops: [5] },
])('makes the steps of float64: %o', async (way) => {
  const { x, y } = tensors();
  const got = await adamAscent(classifier(), x, (z) => crossEntropy(z, y), { norm: 'linf', start: x, ...way, ...run });
  const values = await got.data();
  reference(way).forEach((each, i) => {
    expect(Math.abs(values[i] - each)).toBeLessThan(2e-6);
  });
});

it('stays in the ball of another norm and in the bounds, and where an example is to stay', async () => {
  const { x, y } = tensors();
  const f = classifier();
  const way = { norm: 'l2', eps: 0.2, steps: 6, stepSize: 0.1, drops: [], start: x } as const;
  const values = await (await adamAscent(f, x, (z) => crossEntropy(z, y), { ...way, ...run })).data();
  const lengths = images.map((clean, i) => Math.hypot(...clean.map((each, j) => values[2 * i + j] - each)));
  for (const each of lengths) expect(each).toBeCloseTo(0.2, 5);
  expect(values.every((each) => each >= 0 && each <= 1)).toBe(true);

  const isFirst = (logits: Tensor2D) => tidy(() => equal(argMax(logits, 1), tensor1d([1, 5], 'int32')) as Tensor1D);
  const kept = await adamAscent(f, x, (z) => crossEntropy(z, y), { ...way, stays: isFirst, ...run });
  const [first, second] = [(await kept.data()).slice(0, 2), (await kept.data()).slice(2)];
  expect([...first]).toEqual(images[0].map(Math.fround));
  expect(second).toEqual(values.slice(2));
});

it('leaves its images and no other tensor, also after an abort', async () => {
  const { x, y } = tensors();
  const way = { norm: 'linf', eps: 0.1, steps: 4, stepSize: 0.1, drops: [2], start: x } as const;
  const before = memory().numTensors;
  (await adamAscent(classifier(), x, (z) => crossEntropy(z, y), { ...way, ...run })).dispose();
  expect(memory().numTensors).toBe(before);
  const controller = new AbortController();
  const onProgress = ({ done }: { done: number }) => done === 2 && controller.abort(new Error('enough'));
  const reins = { signal: controller.signal, onProgress };
  const going = adamAscent(classifier(), x, (z) => crossEntropy(z, y), { ...way, ...run, ...reins });
  await expect(going).rejects.toThrow('enough');
  expect(memory().numTensors).toBe(before);
});
