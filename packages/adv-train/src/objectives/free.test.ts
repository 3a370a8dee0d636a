import '@tensorflow/tfjs-backend-cpu';
import { type Batches, ensureGradients, fromLayersModel, memoryStore, normal } from '@agoge/core';
import { memory, setBackend, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { threeShades, wideAndNarrow } from '../../test/features';
import { handMadeNet } from '../../test/hand-made-net';
import { constant } from '../schedules';
import { sgd } from '../sgd';
import { fit, train } from '../train';
import { saveWeights } from '../weights';
import { freeAdversarialTraining } from './free';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const linear = () =>
  fromLayersModel(
    sequential({
      layers: [
        layers.flatten({ inputShape: [8, 8, 1] }),
        layers.dense({
          units: 2,
          name: 'dense',
          kernelInitializer: initializers.randomNormal({ seed: 3, stddev: 0.2 }),
        }),
      ],
    }),
    { bounds: [0, 1] },
  );

/** Images near black and white, so that the perturbation leaves the bounds. */
const stark = (examples: number): Batches => {
  const data = wideAndNarrow(examples, 1);
  return {
    ...data,
    hash: 'stark',
    async *batches(options) {
      for await (const batch of data.batches(options)) {
        const x = batch.x.map((each, i) => Math.min(1, Math.max(0, 3 * each - 1 + (i % 5 ? 0 : 0.05))));
        yield { ...batch, x };
      }
    },
  };
};

const clip = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Algorithm 1 in float64, for a linear classifier of two classes: weights `[pixels, 2]`, biases. */
async function reference(
  data: Batches,
  start: { kernel: ArrayLike<number>; bias: ArrayLike<number> },
  { eps, stepSize, replays, epochs, batchSize, rate, reset = 0 }: Record<string, number>,
) {
  const [pixels, kernel, bias] = [64, Float64Array.from(start.kernel), Float64Array.from(start.bias)];
  const d = new Float64Array(batchSize * pixels);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const { x, y } of data.batches({ batchSize, seed: 0, epoch })) {
      const n = y.length;
      for (let replay = 0; replay < replays; replay++) {
        if (reset === 1 && replay === 0) d.fill(0);
        const [toKernel, toBias] = [new Float64Array(kernel.length), new Float64Array(2)];
        const next = d.slice();
        for (let i = 0; i < n; i++) {
          const seen = Float64Array.from({ length: pixels }, (_, j) =>
            clip(x[i * pixels + j] + d[i * pixels + j], 0, 1),
          );
          const logits = [0, 1].map((k) => seen.reduce((sum, each, j) => sum + each * kernel[2 * j + k], bias[k]));
          const top = Math.max(...logits);
          const exponents = logits.map((each) => Math.exp(each - top));
          const g = exponents.map((each, k) => (each / (exponents[0] + exponents[1]) - Number(y[i] === k)) / n);
          for (let k = 0; k < 2; k++) toBias[k] += g[k];
          for (let j = 0; j < pixels; j++) {
            for (let k = 0; k < 2; k++) toKernel[2 * j + k] += g[k] * seen[j];
            const at = i * pixels + j;
            const moved = x[at] + d[at];
            const inImage = g[0] * kernel[2 * j] + g[1] * kernel[2 * j + 1];
            if (moved >= 0 && moved <= 1) next[at] = clip(d[at] + stepSize * Math.sign(inImage), -eps, eps);
          }
        }
        d.set(next);
        for (let i = 0; i < kernel.length; i++) kernel[i] -= rate * toKernel[i];
        for (let i = 0; i < bias.length; i++) bias[i] -= rate * toBias[i];
      }
    }
  }
  return [...kernel, ...bias];
}

describe('freeAdversarialTraining', () => {
  const given = { eps: 0.1, stepSize: 0.06, replays: 3, epochs: 2, batchSize: 8, rate: 0.2 };
  const run = async (more: { microBatch?: number } = {}) => {
    const model = linear();
    const [kernel, bias] = await Promise.all(model.parameters().map(({ variable }) => variable.data()));
    const start = { kernel: kernel.slice(), bias: bias.slice() };
    const { eps, stepSize, replays, epochs, batchSize, rate } = given;
    const steps: number[] = [];
    const reports = train(model, stark(20), {
      objective: freeAdversarialTraining({ eps, stepSize, replays }),
      ...{ epochs, batchSize, ...more },
      optimizer: sgd({ momentum: 0, weightDecay: 0 }),
      schedule: constant({ learningRate: rate }),
      probe: false,
    });
    for await (const { step } of reports) steps.push(step);
    const values = await Promise.all(model.parameters().map(({ variable }) => variable.data()));
    return { start, steps, weights: values.flatMap((each) => [...each]) };
  };
  const farthest = (a: number[], b: number[]) => Math.max(...a.map((each, i) => Math.abs(each - b[i])));

  it('is algorithm 1 in float64, over batches of which the last is short', async () => {
    const { start, steps, weights } = await run();
    expect(steps).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
    expect(farthest(weights, await reference(stark(20), start, given))).toBeLessThan(1e-5);
    expect(farthest(weights, await reference(stark(20), start, { ...given, eps: 0 }))).toBeGreaterThan(0.01);
    expect(farthest(weights, await reference(stark(20), start, { ...given, reset: 1 }))).toBeGreaterThan(1e-3);
  });

  it('is the same in parts, where no layer looks at the batch', async () => {
    const { start, weights } = await run({ microBatch: 3 });
    expect(farthest(weights, await reference(stark(20), start, given))).toBeLessThan(1e-5);
  });

  it('goes on with the same numbers from the middle of its replays', { timeout: 120_000 }, async () => {
    const data = threeShades(12, 1);
    const options = {
      objective: freeAdversarialTraining({ eps: 0.1, replays: 3 }),
      ...{ epochs: 2, batchSize: 8, schedule: constant({ learningRate: 0.05 }) },
    };
    const whole = handMadeNet({ seed: 4 });
    const { epochs } = await fit(whole, data, options);
    for (const left of [4, 11]) {
      const checkpoint = { store: memoryStore(), name: 'run', every: 1 };
      for await (const { step } of train(handMadeNet({ seed: 4 }), data, { ...options, checkpoint })) {
        if (step === left) break;
      }
      const model = handMadeNet({ seed: 9 });
      const history = await fit(model, data, { ...options, checkpoint, resume: true });
      expect(await saveWeights(model)).toEqual(await saveWeights(whole));
      expect(history.epochs.map(({ loss }) => loss)).toEqual(epochs.map(({ loss }) => loss));
    }
  });

  it('keeps no tensor', async () => {
    const model = linear();
    const before = memory().numTensors;
    await fit(model, stark(20), {
      objective: freeAdversarialTraining({ eps: 0.1, replays: 2 }),
      epochs: 1,
      batchSize: 8,
    });
    expect(memory().numTensors).toBe(before);
  });

  it('gives the clean images where nothing keeps a perturbation', async () => {
    const x = tensor4d(normal({ seed: 1, stream: 'x' }, 128), [2, 8, 8, 1]);
    const run = { seed: 0, index: Float64Array.of(0, 1) };
    const got = await freeAdversarialTraining({ eps: 0.1 }).perturb(linear(), x, tensor1d([0, 1], 'int32'), run);
    expect(await got.data()).toEqual(await x.data());
    expect(got).not.toBe(x);
  });

  it('refuses what is no option, and has the defaults of the source', () => {
    expect(freeAdversarialTraining({ eps: 0.1 }).options).toEqual({
      eps: 0.1,
      replays: 8,
      stepSize: 0.1,
      labelSmoothing: 0,
    });
    expect(() => freeAdversarialTraining({} as never)).toThrow('freeAdversarialTraining: eps must be');
    expect(() => freeAdversarialTraining({ eps: 0.1, replays: 0 })).toThrow('replays must be an integer >= 1, got 0');
  });
});
