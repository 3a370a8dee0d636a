import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients, fromLayersModel, normal, type Objective } from '@agoge/core';
import {
  losses,
  memory,
  oneHot,
  setBackend,
  softmax,
  type Tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, metrics, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { wideAndNarrow } from '../../test/features';
import { adversarialTraining } from '../objectives/adversarial-training';
import { alp } from '../objectives/alp';
import { freeAdversarialTraining } from '../objectives/free';
import { mart } from '../objectives/mart';
import { fgsmRs } from '../objectives/single-step';
import { standard } from '../objectives/standard';
import { trades } from '../objectives/trades';
import { constant } from '../schedules';
import { sgd } from '../sgd';
import { fit } from '../train';
import { adversarialDataset } from './adversarial-dataset';
import { lossFunction } from './loss-function';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const logits = () => tensor2d(normal({ seed: 0, stream: 'logits' }, 12), [4, 3]);
const targets = () => tidy(() => oneHot(tensor1d([0, 2, 1, 2], 'int32'), 3, 1, 0, 'float32'));
const numberOf = async (make: () => Tensor) => (await tidy(make).data())[0];

describe('lossFunction', () => {
  it("is tfjs's cross entropy, of logits with smoothing and of probabilities", async () => {
    const smoothed = lossFunction(adversarialTraining({ eps: 0.1, labelSmoothing: 0.2 }), { outputs: 'logits' });
    const expected = await numberOf(() => losses.softmaxCrossEntropy(targets(), logits(), undefined, 0.2));
    expect(await numberOf(() => smoothed(targets(), logits()))).toBeCloseTo(expected, 6);

    const plain = lossFunction(fgsmRs({ eps: 0.1 }), { outputs: 'probabilities' });
    const probabilities = () => softmax(logits());
    const mean = await numberOf(() => losses.softmaxCrossEntropy(targets(), logits()));
    expect(await numberOf(() => plain(targets(), probabilities()))).toBeCloseTo(mean, 6);
    const each = await tidy(() => metrics.categoricalCrossentropy(targets(), probabilities())).data<'float32'>();
    expect(mean).toBeCloseTo(each.reduce((total, one) => total + one, 0) / 4, 5);
  });

  it('takes class numbers, and leaves no tensor', async () => {
    const loss = lossFunction(standard(), { outputs: 'logits' });
    const numbers = tensor2d([0, 2, 1, 2], [4, 1]);
    const expected = await numberOf(() => loss(targets(), logits()));
    const z = logits();
    const before = memory().numTensors;
    const found = loss(numbers, z);
    expect((await found.data())[0]).toBe(expected);
    found.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('trains a stock model as our loop does', async () => {
    const pixels = { bounds: [0, 1], mean: [0.5] } as const;
    const model = (): LayersModel =>
      sequential({
        layers: [
          layers.flatten({ inputShape: [8, 8, 1] }),
          layers.dense({ units: 2, kernelInitializer: initializers.zeros(), name: 'dense' }),
        ],
      });
    const objective = adversarialTraining({ eps: 0.1, steps: 3, start: 'zero', labelSmoothing: 0.1 });
    const [ours, stock] = [model(), model()];
    const [n, data] = [32, wideAndNarrow(32, 1)];
    const options = { objective, epochs: 5, batchSize: n, schedule: constant({ learningRate: 0.2 }) };
    await fit(fromLayersModel(ours, pixels), data, { ...options, optimizer: sgd({ momentum: 0, weightDecay: 0 }) });

    stock.compile({ optimizer: train.sgd(0.2), loss: lossFunction(objective, { outputs: 'logits' }) });
    for await (const { x, shape, y } of data.batches({ batchSize: n })) {
      const source = () => [{ xs: tensor4d(x, shape), ys: tensor1d(y) }];
      await stock.fitDataset(adversarialDataset(source, stock, { objective, ...pixels }), { epochs: 5, verbose: 0 });
    }
    const [kernel, expected] = await Promise.all([stock, ours].map((each) => each.getWeights()[0].data()));
    expect(Math.max(...expected)).toBeGreaterThan(0.02);
    kernel.forEach((each, i) => void expect(each).toBeCloseTo(expected[i], 6));
  });

  it('says no where the loss needs clean images too, and what to do', () => {
    for (const objective of [trades({ eps: 0.1 }), mart({ eps: 0.1 }), alp({ eps: 0.1 })]) {
      const expected = new RegExp(
        `lossFunction: ${objective.name} needs the logits of the clean images.*train with fit`,
      );
      expect(() => lossFunction(objective, { outputs: 'logits' })).toThrow(expected);
    }
    const free = freeAdversarialTraining({ eps: 0.1, replays: 4 });
    expect(() => lossFunction(free, { outputs: 'logits' })).toThrow(/steps on each batch 4 times, and model.fit once/);
    expect(() => lossFunction(standard(), {} as never)).toThrow(/outputs must be one of "logits", "probabilities"/);
    expect(() => lossFunction({} as Objective, { outputs: 'logits' })).toThrow(/objective must be an objective/);
  });
});
