import '@tensorflow/tfjs-backend-cpu';
import { fgsmAttack, pgd } from '@agoge/attacks';
import { ensureGradients, fromLayersModel, type Objective } from '@agoge/core';
import {
  add,
  argMax,
  dispose,
  equal,
  memory,
  mul,
  oneHot,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { wideAndNarrow } from '../../test/features';
import { adversarialTraining } from '../objectives/adversarial-training';
import { freeAdversarialTraining } from '../objectives/free';
import { standard } from '../objectives/standard';
import { trades } from '../objectives/trades';
import { adversarialDataset } from './adversarial-dataset';
import { tensorDataset } from './tensor-dataset';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const bounds = [0, 1] as const;

/** Stock layers, compiled as tfjs's users do. */
function stockModel({ normalized = false, rate = 0.5 } = {}): LayersModel {
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [8, 8, 1] }),
      ...(normalized ? [layers.batchNormalization()] : []),
      layers.dense({
        units: 2,
        activation: 'softmax',
        kernelInitializer: initializers.randomUniform({ minval: -0.1, maxval: 0.1, seed: 1 }),
      }),
    ],
  });
  model.compile({ optimizer: train.sgd(rate), loss: 'categoricalCrossentropy' });
  return model;
}

async function dataOf(examples: number, seed: number): Promise<{ xs: Tensor4D; y: Int32Array }> {
  for await (const { x, shape, y } of wideAndNarrow(examples, seed).batches({ batchSize: examples })) {
    return { xs: tensor4d(x, shape), y };
  }
  throw new Error('there is one batch');
}
const oneHotOf = (y: Int32Array): Tensor => tidy(() => mul(oneHot(tensor1d(y, 'int32'), 2), 1));

/** Batches of 8 in order, as arrays that every pass makes tensors of. */
async function inOrder(examples: number): Promise<() => AsyncGenerator<{ xs: Tensor4D; ys: Tensor }>> {
  const { xs, y } = await dataOf(examples, 1);
  const pixels = await xs.data<'float32'>();
  xs.dispose();
  return async function* () {
    for (let from = 0; from < examples; from += 8) {
      const rows = y.subarray(from, from + 8);
      const x = pixels.subarray(from * 64, (from + rows.length) * 64);
      yield { xs: tensor4d(x, [rows.length, 8, 8, 1]), ys: oneHotOf(rows) };
    }
  };
}

const weightsOf = async (model: LayersModel): Promise<number[]> =>
  (await Promise.all(model.getWeights().map((each) => each.data()))).flatMap((each) => [...each]);
const quiet = { epochs: 2, verbose: 0 } as const;

describe('adversarialDataset', () => {
  it('perturbs each batch at the weights that the one before left, as a loop by hand does', async () => {
    const objective = adversarialTraining({ eps: 0.1, steps: 2 });
    const source = await inOrder(28);
    const model = stockModel({ normalized: true });
    await model.fitDataset(adversarialDataset(source, model, { objective, bounds, seed: 3 }), quiet);

    const byHand = async (crafter: (trained: LayersModel) => LayersModel) => {
      const trained = stockModel({ normalized: true });
      const f = fromLayersModel(crafter(trained), { bounds });
      let seen = 0;
      for (let epoch = 0; epoch < 2; epoch++) {
        for await (const { xs, ys } of source()) {
          const index = Float64Array.from({ length: xs.shape[0] }, () => seen++);
          const y = tensor1d((await ys.data()).filter((_, i) => i % 2), 'int32'); // biome-ignore format: one line
          const adversarial = await objective.perturb(f, xs, y, { seed: 3, index });
          await trained.trainOnBatch(adversarial, ys);
          dispose([xs, ys, y, adversarial]);
        }
      }
      return weightsOf(trained);
    };
    expect(await weightsOf(model)).toEqual(await byHand((trained) => trained));
    const first = stockModel({ normalized: true });
    expect(await weightsOf(model)).not.toEqual(await byHand(() => first));
  });

  it('makes a stock model withstand what it did not', async () => {
    const [{ xs, y }, test] = [await dataOf(200, 1), await dataOf(100, 2)];
    const [labels, pixels] = [tensor1d(test.y, 'int32'), { bounds, mean: [0.5] }];
    const robust = async (objective: Objective) => {
      const model = stockModel({ rate: 0.05 });
      const batches = tensorDataset(xs, oneHotOf(y), { batchSize: 8 });
      const adversarial = adversarialDataset(batches, model, { objective, ...pixels });
      await model.fitDataset(adversarial, { epochs: 6, verbose: 0 });
      const { broken } = await pgd(fromLayersModel(model, pixels), test.xs, labels, { eps: 0.1, steps: 5 });
      return broken.filter((each) => !each).length / 100;
    };
    const [plain, adversarial] = [await robust(standard()), await robust(adversarialTraining({ eps: 0.1, steps: 3 }))];
    expect(plain).toBeLessThan(0.4);
    expect(adversarial).toBeGreaterThan(0.7);
  });

  it('keeps no tensor, in passes that are finished, left and never begun', async () => {
    const source = await inOrder(24);
    const model = stockModel();
    const objective = adversarialTraining({ eps: 0.1, steps: 1 });
    const adversarial = adversarialDataset(source, model, { objective, bounds });
    await model.fitDataset(adversarial, quiet);
    const before = memory().numTensors;
    await model.fitDataset(adversarial, quiet);
    await adversarial.iterator();
    for await (const batch of adversarial) {
      dispose([batch.xs, batch.ys]);
      break;
    }
    expect(memory().numTensors).toBe(before);
  });

  it('asks a tf.data dataset for a pass per epoch, or for one with batchesPerEpoch', async () => {
    const source = await inOrder(24);
    const [objective, model] = [standard(), stockModel()];
    let [passes, pulled] = [0, 0];
    const tfData = {
      size: 3,
      async iterator() {
        passes++;
        const batches = source();
        return {
          async next() {
            pulled++;
            const { value, done } = await batches.next();
            return done ? { value: null, done } : { value, done: false };
          },
        };
      },
    };
    const adversarial = adversarialDataset(tfData, model, { objective, bounds });
    expect(adversarial.size).toBe(3);
    await model.fitDataset(adversarial, quiet);
    expect([passes, pulled]).toEqual([2, 8]);
    await model.fitDataset(adversarial, { ...quiet, batchesPerEpoch: 1 });
    expect([passes, pulled]).toEqual([3, 10]);
  });

  it('takes class numbers, and hands labels on as they came', async () => {
    const source = await inOrder(8);
    const model = stockModel();
    const objective = adversarialTraining({ eps: 0.1, steps: 2 });
    const imagesOf = async (labels: (ys: Tensor) => Promise<Tensor>) => {
      const relabelled = async function* () {
        for await (const { xs, ys } of source()) yield { xs, ys: await labels(ys) };
      };
      for await (const { xs, ys } of adversarialDataset(relabelled, model, { objective, bounds })) {
        return { x: [...(await xs.data())], ys: [...ys.shape, ...(await ys.data())] };
      }
    };
    const numbers = async (ys: Tensor) => [...(await ys.data())].filter((_, i) => i % 2);
    const expected = await imagesOf(async (ys) => ys);
    const column = await imagesOf(async (ys) => tensor2d(await numbers(ys), [8, 1]));
    const soft = await imagesOf(async (ys) => tidy(() => add(mul(ys, 0.8), 0.1)));
    expect(column?.x).toEqual(expected?.x);
    expect(soft?.x).toEqual(expected?.x);
    expect(column?.ys.slice(0, 2)).toEqual([8, 1]);
    expect(soft?.ys[2]).toBeCloseTo(0.9 - 0.8 * (expected?.ys[3] ?? 0), 6);
  });

  it('gives every batch and pass noise of its own, and the same noise again to the same seed', async () => {
    const model = stockModel();
    const gray = [
      { xs: 0.5, ys: 0 },
      { xs: 0.5, ys: 0 },
    ];
    const source = () =>
      gray.map(() => ({ xs: tidy(() => add(tensor4d(new Float32Array(64), [1, 8, 8, 1]), 0.5)), ys: tensor1d([0]) }));
    const objective = adversarialTraining({ eps: 0.1, steps: 1, stepSize: 0 });
    const twoPasses = async (seed: number) => {
      const adversarial = adversarialDataset(source, model, { objective, bounds, seed });
      const found: string[] = [];
      for (const _ of [1, 2]) for await (const { xs } of adversarial) found.push((await xs.data()).join());
      return found;
    };
    const first = await twoPasses(1);
    expect(new Set(first).size).toBe(4);
    expect(await twoPasses(1)).toEqual(first);
    expect(await twoPasses(2)).not.toEqual(first);
  });

  it('perturbs pixels and gives the model what it takes, where mean and std are said', async () => {
    const source = await inOrder(8);
    const model = stockModel();
    const options = { objective: standard(), bounds, mean: [0.5], std: [0.25] };
    for await (const { xs } of adversarialDataset(source, model, options)) {
      for await (const clean of source()) {
        const expected = [...(await clean.xs.data())].map((each) => (each - 0.5) / 0.25);
        (await xs.data()).forEach((each, i) => void expect(each).toBeCloseTo(expected[i], 5));
      }
    }
  });

  it('perturbs by an attack, which leaves what is misclassified as it is', async () => {
    const source = await inOrder(8);
    const model = stockModel();
    const attack = fgsmAttack({ eps: 0.05 });
    for await (const { xs } of adversarialDataset(source, model, { attack, bounds })) {
      for await (const clean of source()) {
        const [found, given] = [await xs.data(), await clean.xs.data()];
        const moves = Array.from({ length: 8 }, (_, i) =>
          Math.max(...found.subarray(i * 64, (i + 1) * 64).map((each, j) => Math.abs(each - given[i * 64 + j]))),
        );
        const isRight = tidy(() => equal(argMax(model.predict(clean.xs) as Tensor, 1), argMax(clean.ys, 1)));
        (await isRight.data()).forEach((right, i) => void expect(moves[i]).toBeCloseTo(right ? 0.05 : 0, 6));
      }
    }
  });

  it('leaves the running statistics alone', async () => {
    const source = await inOrder(16);
    const model = stockModel({ normalized: true });
    const before = await weightsOf(model);
    const objective = adversarialTraining({ eps: 0.1, steps: 2, statistics: 'batch' });
    for await (const batch of adversarialDataset(source, model, { objective, bounds })) dispose([batch.xs, batch.ys]);
    expect(await weightsOf(model)).toEqual(before);
  });

  it('refuses what it cannot perturb or train with, by name', async () => {
    const [source, model, objective] = [await inOrder(8), stockModel(), standard()];
    const making = (options: object) => () => adversarialDataset(source, model, { bounds, ...options });
    expect(making({})).toThrow(/what crafts must be an objective or an attack, got "neither"/);
    expect(making({ objective, attack: fgsmAttack({ eps: 0.1 }) })).toThrow(/got "both"/);
    expect(making({ objective, eps: 1 })).toThrow(/unknown option "eps"/);
    expect(making({ objective: trades({ eps: 0.1 }) })).toThrow(
      /trades needs the logits of the clean images.*perturb and loss/,
    );
    expect(making({ objective: freeAdversarialTraining({ eps: 0.1 }) })).toThrow(/steps on each batch 8 times/);
    expect(() => adversarialDataset(5 as never, model, { objective, bounds })).toThrow(
      /source must be a tf.data dataset/,
    );
    expect(() => adversarialDataset(source, {} as never, { objective, bounds })).toThrow(
      /model must be a tf.LayersModel/,
    );
  });

  it('refuses batches that are none, and keeps nothing of them', async () => {
    const model = stockModel();
    const objective = standard();
    const firstOf = async (...batch: unknown[]) => {
      for await (const _ of adversarialDataset(batch, model, { objective, bounds })) return;
    };
    const before = memory().numTensors;
    const images = () => tidy(() => add(tensor4d(new Float32Array(64), [1, 8, 8, 1]), 0.5));
    await expect(firstOf({ xs: images(), ys: [0] })).rejects.toThrow(/a batch must be a pair/);
    await expect(firstOf({ xs: tensor1d([1]), ys: tensor1d([1]) })).rejects.toThrow(/xs must have shape/);
    await expect(firstOf({ xs: images(), ys: tensor1d([1, 1]) })).rejects.toThrow(/ys must have shape \[1, 2\], \[1\]/);
    await expect(firstOf({ xs: images(), ys: tensor1d([2]) })).rejects.toThrow(/whole number from 0 to 1, got 2/);
    const bright = tidy(() => mul(images(), 4));
    await expect(firstOf({ xs: bright, ys: tensor1d([1]) })).rejects.toThrow(/within the classifier's bounds/);
    await expect(firstOf()).rejects.toThrow(/batches in every pass, got "none"/);
    expect(memory().numTensors).toBe(before);
  });

  it('says that a generator is spent, where fitDataset would train on nothing', async () => {
    const model = stockModel();
    const spent = (await inOrder(16))();
    const adversarial = adversarialDataset(spent, model, { objective: standard(), bounds });
    await expect(model.fitDataset(adversarial, quiet)).rejects.toThrow(/batches in every pass/);
  });

  it('ends with the signal', async () => {
    const model = stockModel();
    const control = new AbortController();
    const objective = adversarialTraining({ eps: 0.1, steps: 2 });
    const options = { objective, bounds, signal: control.signal };
    const before = memory().numTensors;
    const adversarial = adversarialDataset(await inOrder(8), model, options);
    control.abort(new Error('enough'));
    await expect((await adversarial.iterator()).next()).rejects.toThrow('enough');
    expect(memory().numTensors).toBe(before);
  });
});

describe('tensorDataset', () => {
  it('gives every example once a pass with its label, in an order of its own', async () => {
    const xs = tensor4d(
      Float32Array.from({ length: 10 }, (_, i) => i),
      [10, 1, 1, 1],
    );
    const ys = tensor1d(
      Array.from({ length: 10 }, (_, i) => 2 * i),
      'int32',
    );
    const dataset = tensorDataset(xs, ys, { batchSize: 4, seed: 1 });
    expect(dataset.size).toBe(3);
    const passes: number[][] = [];
    for (const pass of [0, 1]) {
      passes[pass] = [];
      for await (const batch of dataset) {
        const [x, y] = [[...(await batch.xs.data())], [...(await batch.ys.data())]];
        expect(y).toEqual(x.map((each) => 2 * each));
        passes[pass].push(...x);
        dispose([batch.xs, batch.ys]);
      }
      expect(passes[pass].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    expect(passes[0]).not.toEqual(passes[1]);
    expect(xs.isDisposed || ys.isDisposed).toBe(false);
  });

  it('refuses labels of other images', () => {
    const xs = tensor4d([1, 2], [2, 1, 1, 1]);
    expect(() => tensorDataset(xs, tensor1d([1]))).toThrow(/ys must have shape \[2, ...\], got \[1\]/);
    expect(() => tensorDataset(xs, tensor1d([1, 2]), { batchSize: 0 })).toThrow(/batchSize must be an integer >= 1/);
  });
});
