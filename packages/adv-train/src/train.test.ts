import '@tensorflow/tfjs-backend-cpu';
import { fgsmAttack, pgdAttack } from '@agoge/attacks';
import {
  type Batches,
  type Classifier,
  ensureGradients,
  fromLayersModel,
  isUserError,
  ModelError,
  type Objective,
  type Progress,
  type Run,
  type Trainable,
} from '@agoge/core';
import { add, memory, mul, type Scalar, setBackend, type Tensor4D } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { threeShades, wideAndNarrow } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { adversarialTraining } from './objectives/adversarial-training';
import { standard } from './objectives/standard';
import { trades } from './objectives/trades';
import { constant } from './schedules';
import { sgd } from './sgd';
import { fit, type StepReport, train } from './train';
import type { TrainOptions } from './train-options';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const linear = (): Classifier & Trainable =>
  fromLayersModel(
    sequential({
      layers: [
        layers.flatten({ inputShape: [8, 8, 1] }),
        layers.dense({ units: 2, kernelInitializer: initializers.zeros(), name: 'dense' }),
      ],
    }),
    { bounds: [0, 1], mean: [0.5] },
  );

const brief = { objective: standard(), epochs: 2, batchSize: 8, schedule: constant({ learningRate: 0.05 }) };
const quick = (more: Partial<TrainOptions> = {}): TrainOptions => ({ ...brief, ...more });

async function reportsOf(model: Trainable, data: Batches, options: TrainOptions): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for await (const report of train(model, data, options)) reports.push(report);
  return reports;
}

/** An objective that writes down what it was asked to perturb. */
function listening(): { objective: Objective; asked: Run[] } {
  const asked: Run[] = [];
  const objective: Objective = {
    ...standard(),
    async perturb(_model, x, _y, run) {
      asked.push(run);
      return x.clone();
    },
  };
  return { objective, asked };
}

describe.each([
  ['a layers model', linear, () => wideAndNarrow(44, 1)],
  ['functions and variables', () => handMadeNet(), () => threeShades(44, 1)],
] as const)('train, on %s', (_name, make, data) => {
  it('reports each step and learns', async () => {
    const model = make();
    const reports = await reportsOf(model, data(), quick({ epochs: 8 }));
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
    expect(reports.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 48 }, (_, i) => Math.floor(i / 6)));
    const mean = (each: StepReport[]) => each.reduce((total, { loss }) => total + loss, 0) / each.length;
    expect(mean(reports.slice(-6))).toBeLessThan(0.7 * mean(reports.slice(0, 6)));
    expect(
      reports.every(({ steps, learningRate, accuracy }) => steps === 48 && learningRate === 0.05 && accuracy <= 1),
    ).toBe(true);
  });

  it('gives the same numbers again with the same seed, others with another', async () => {
    const options = quick({ objective: trades({ eps: 0.05, steps: 1 }), epochs: 1 });
    const losses = async (seed: number) =>
      (await reportsOf(make(), data(), { ...options, seed })).map(({ loss }) => loss);
    const first = await losses(3);
    expect(await losses(3)).toEqual(first);
    expect(await losses(4)).not.toEqual(first);
  });

  it('keeps no tensor over 20 steps', async () => {
    const model = make();
    const images = data();
    const objective = adversarialTraining({ eps: 0.05, steps: 1 });
    const reports = train(model, images, quick({ objective, epochs: 4 }));
    await reports.next();
    const before = memory().numTensors;
    for (let i = 0; i < 20; i++) {
      await reports.next();
      expect(memory().numTensors).toBe(before);
    }
    await reports.return({ epochs: [] });
    expect(memory().numTensors).toBe(before - model.parameters().length);
  });
});

describe('train', () => {
  it('goes through every example once an epoch, in an order of its own, with noise of its own', async () => {
    const { objective, asked } = listening();
    await fit(linear(), wideAndNarrow(20, 1), quick({ objective }));
    const epochs = [asked.slice(0, 3), asked.slice(3)].map((runs) => runs.flatMap(({ index }) => [...index]));
    const all = Array.from({ length: 20 }, (_, i) => i);
    for (const each of epochs) expect([...each].sort((a, b) => a - b)).toEqual(all);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(new Set(asked.slice(0, 3).map(({ seed }) => seed)).size).toBe(1);
    expect(asked[0].seed).not.toBe(asked[3].seed);
  });

  it('is done with a batch when it asks for the next, and says so', async () => {
    const data = wideAndNarrow(20, 1);
    const held: (number | undefined)[] = [];
    const reused: Batches = {
      ...data,
      hash: data.hash,
      async *batches(options) {
        held.push(options.holds);
        let last: Float32Array | undefined;
        for await (const batch of data.batches(options)) {
          last?.fill(Number.NaN);
          last = batch.x.slice();
          yield { ...batch, x: last };
        }
      },
    };
    const [one, two] = [linear(), linear()];
    const options = quick({ objective: trades({ eps: 0.05, steps: 1 }), probe: false });
    const [plain, other] = [await reportsOf(one, data, options), await reportsOf(two, reused, options)];
    expect(other.map(({ loss }) => loss)).toEqual(plain.map(({ loss }) => loss));
    expect(held).toEqual([1, 1]);
  });

  it('uses a short last batch, but none of a single example', async () => {
    const sizes = async (examples: number) => {
      const { objective, asked } = listening();
      await fit(linear(), wideAndNarrow(examples, 1), quick({ objective, epochs: 1 }));
      return asked.map(({ index }) => index.length);
    };
    expect(await sizes(18)).toEqual([8, 8, 2]);
    expect(await sizes(17)).toEqual([8, 8]);
    expect(await sizes(16)).toEqual([8, 8]);
    expect(await sizes(2)).toEqual([2]);
  });

  it('takes soft targets where the data have them', async () => {
    const data = wideAndNarrow(8, 1);
    const target = new Float32Array(16).fill(0.5);
    const soft: Batches = {
      ...data,
      hash: data.hash,
      async *batches(options) {
        for await (const batch of data.batches(options)) yield { ...batch, target };
      },
    };
    const model = linear();
    await fit(model, soft, quick());
    for (const { variable } of model.parameters()) {
      expect(Math.max(...(await variable.data()).map(Math.abs))).toBeLessThan(1e-6);
    }
  });

  it('adds the penalty to the loss', async () => {
    const model = linear();
    const heavy: Trainable = { ...wrapped(model), penalty: () => add(model.penalty(), 2.5) as Scalar };
    const [plain] = await reportsOf(linear(), wideAndNarrow(8, 1), quick({ epochs: 1 }));
    const [penalised] = await reportsOf(heavy, wideAndNarrow(8, 1), quick({ epochs: 1 }));
    expect(penalised.loss).toBeCloseTo(plain.loss + 2.5, 5);
  });

  it('counts what is right where an objective joins all images to one batch', async () => {
    const joined: Objective = {
      ...standard(),
      loss: (model, x, _a, target, y) => standard().loss(model, x, x, target, y),
    };
    const [report] = await reportsOf(linear(), wideAndNarrow(8, 1), quick({ objective: joined }));
    const [expected] = await reportsOf(linear(), wideAndNarrow(8, 1), quick());
    expect(report.accuracy).toBeLessThanOrEqual(1);
    expect(report.loss).toBe(expected.loss);
  });

  it('tells progress and tfjs callbacks, in order', async () => {
    const told: string[] = [];
    const progress: Progress[] = [];
    await fit(linear(), wideAndNarrow(12, 1), {
      ...quick({ onProgress: (each) => progress.push(each) }),
      validation: { data: wideAndNarrow(10, 2), attacks: [fgsmAttack({ eps: 0.1 })], every: 2 },
      callbacks: {
        onTrainBegin: () => void told.push('begin'),
        onEpochBegin: (epoch) => void told.push(`epoch ${epoch}`),
        onBatchEnd: async (batch, logs) => void told.push(`batch ${batch} ${Object.keys(logs ?? {})}`),
        onEpochEnd: async (epoch, logs) => void told.push(`end ${epoch} ${Object.keys(logs ?? {})}`),
        onTrainEnd: () => void told.push('done'),
      },
    });
    const batch = (i: number) => `batch ${i} epoch,step,batch,size,loss,acc,learningRate,imagesPerSecond`;
    const always = 'loss,acc,learningRate,imagesPerSecond';
    const ends = [`end 0 ${always}`, `end 1 ${always},cleanAccuracy,robustAccuracy,belowBest,robustGap`];
    const epoch = (i: number) => [`epoch ${i}`, batch(0), batch(1), ends[i]];
    expect(told).toEqual(['begin', ...epoch(0), ...epoch(1), 'done']);
    expect(progress.map(({ done, total }) => `${done}/${total}`)).toEqual(['1/4', '2/4', '3/4', '4/4']);
    expect(progress[0].note).toMatch(/^epoch 1\/2, loss \d\.\d+, accuracy \d\.\d+, [\d.]+ images\/s$/);
    expect(progress.map(({ secondsLeft }) => secondsLeft === 0)).toEqual([false, false, false, true]);
  });

  it('writes a history of means over examples', async () => {
    const data = wideAndNarrow(12, 1);
    const reports = await reportsOf(linear(), data, quick({ epochs: 1 }));
    const { epochs } = await fit(linear(), data, quick({ epochs: 1 }));
    const mean = (key: 'loss' | 'accuracy') => (reports[0][key] * 8 + reports[1][key] * 4) / 12;
    expect(epochs).toEqual([
      { epoch: 0, loss: mean('loss'), accuracy: mean('accuracy'), learningRate: 0.05, seconds: expect.any(Number) },
    ]);
  });

  it('stops at an abort, at the end of a step', async () => {
    const controller = new AbortController();
    const onProgress = ({ done }: Progress) => done === 2 && controller.abort(new Error('enough'));
    const { objective, asked } = listening();
    const running = fit(linear(), wideAndNarrow(40, 1), quick({ objective, signal: controller.signal, onProgress }));
    await expect(running).rejects.toThrow('enough');
    expect(asked).toHaveLength(2);
  });

  it('stops at a loss that is no number, saying where', async () => {
    let calls = 0;
    const broken: Objective = {
      ...standard(),
      loss(...given) {
        return mul(standard().loss(...given), ++calls === 5 ? Number.NaN : 1) as Scalar;
      },
    };
    const before = memory().numTensors;
    const model = linear();
    const made = memory().numTensors - before;
    const failure = await fit(model, wideAndNarrow(24, 1), quick({ objective: broken })).catch((error) => error);
    expect(failure).toBeInstanceOf(ModelError);
    const rest = 'the model has made that step; with a checkpoint the batch would be kept';
    expect(failure.message).toBe(`fit: the loss is NaN in epoch 1, step 4, at learning rate 0.05; ${rest}`);
    expect(memory().numTensors).toBe(before + made);
  });
});

it('adversarial training withstands what standard training falls to', async () => {
  const data = wideAndNarrow(400, 1);
  const validation = { data: wideAndNarrow(200, 2), attacks: [pgdAttack({ eps: 0.1, steps: 5 })], every: 5 };
  const schedule = constant({ learningRate: 0.1 });
  const last = async (objective: Objective) => {
    const { epochs } = await fit(linear(), data, { objective, epochs: 5, batchSize: 50, validation, schedule });
    return epochs[4];
  };
  const plain = await last(standard());
  expect(plain.cleanAccuracy).toBeGreaterThan(0.95);
  expect(plain.robustAccuracy).toBeLessThan(0.1);
  for (const objective of [adversarialTraining({ eps: 0.1, steps: 3 }), trades({ eps: 0.1, steps: 3 })]) {
    const { cleanAccuracy, robustAccuracy } = await last(objective);
    expect(cleanAccuracy).toBeGreaterThan(0.85);
    expect(robustAccuracy).toBeGreaterThan(0.85);
  }
});

/** A layers model is a function with properties, which a spread does not keep callable. */
function wrapped(model: Trainable): Trainable {
  return {
    classes: model.classes,
    bounds: model.bounds,
    forward: (x: Tensor4D, mode) => model.forward(x, mode),
    classifier: (mode) => model.classifier(mode),
    parameters: () => model.parameters(),
    buffers: () => model.buffers(),
    penalty: () => model.penalty(),
  };
}

describe('bad input', () => {
  const data = () => wideAndNarrow(12, 1);
  const off = (more: Partial<Batches>): Batches => ({ ...data(), hash: 'x', ...more });
  const nan = () => {
    const model = linear();
    const { variable } = model.parameters()[0];
    variable.assign(mul(variable, Number.NaN));
    return model;
  };
  const pixels = (value: number): Batches =>
    off({
      async *batches(options) {
        for await (const batch of data().batches(options)) yield { ...batch, x: batch.x.fill(value) };
      },
    });
  const label = (value: number): Batches =>
    off({
      async *batches(options) {
        for await (const batch of data().batches(options)) yield { ...batch, y: batch.y.fill(value) };
      },
    });

  const cases: [string, () => Promise<unknown>][] = [
    ['fit: model must be a Trainable', () => fit({} as never, data(), quick())],
    ['fit: data must be Batches', () => fit(linear(), [] as never, quick())],
    [
      'fit: unknown option "epoch"; did you mean "epochs"?',
      () => fit(linear(), data(), { ...quick(), epoch: 1 } as never),
    ],
    ['fit: epochs must be an integer >= 1, got 0', () => fit(linear(), data(), quick({ epochs: 0 }))],
    ['fit: batchSize must be an integer >= 2, got 1', () => fit(linear(), data(), quick({ batchSize: 1 }))],
    ['fit: objective must be an objective', () => fit(linear(), data(), quick({ objective: 'standard' as never }))],
    ['fit: schedule must be a schedule', () => fit(linear(), data(), quick({ schedule: 0.1 as never }))],
    ['fit: optimizer must be an optimizer', () => fit(linear(), data(), quick({ optimizer: {} as never }))],
    [
      'fit: resume must be true, false or "auto", got "yes"',
      () => fit(linear(), data(), quick({ resume: 'yes' as never })),
    ],
    ['fit: resume needs a checkpoint to go on from', () => fit(linear(), data(), quick({ resume: true }))],
    [
      'fit: objective.replays must be an integer >= 1, got 0',
      () => fit(linear(), data(), quick({ objective: { ...standard(), replays: 0 } })),
    ],
    ['fit: data must not be empty', () => fit(linear(), off({ examples: 0 }), quick())],
    ['fit: data must be 2 examples or more, got 1', () => fit(linear(), off({ examples: 1 }), quick())],
    ["fit: data must have the model's 2 classes, got 3", () => fit(linear(), threeShades(12, 1), quick())],
    [
      "fit: data must have the model's bounds [0, 1], got [0, 255]",
      () => fit(linear(), off({ bounds: [0, 255] }), quick()),
    ],
    ['fit: data ended after 2 of 3 batches of epoch 0', () => fit(linear(), off({ examples: 20 }), quick())],
    ['fit: x must be finite', () => fit(linear(), pixels(Number.NaN), quick())],
    [
      "fit: x must lie within the classifier's bounds [0, 1], got pixels from 2 to 2",
      () => fit(linear(), pixels(2), quick()),
    ],
    ['fit: y[0] must be a whole number from 0 to 1, got 2', () => fit(linear(), label(2), quick())],
    ['NaN', () => fit(nan(), data(), quick())],
    [
      'fit: the model has no weights to train',
      () => fit({ ...wrapped(linear()), parameters: () => [] }, data(), quick()),
    ],
    [
      'fit: validation: attacks must be an array of an attack',
      () => fit(linear(), data(), quick({ validation: { data: data(), attacks: ['pgd' as never] } })),
    ],
    [
      "fit: validation.data must have the model's 2 classes",
      () => fit(linear(), data(), quick({ validation: { data: threeShades(9, 1), attacks: [] } })),
    ],
    [
      'fit: earlyStop needs a validation to go by, got none',
      () => fit(linear(), data(), quick({ earlyStop: { patience: 2 } })),
    ],
    [
      'fit: earlyStop: patience must be an integer >= 1, got 0',
      () => fit(linear(), data(), quick({ validation: { data: data(), attacks: [] }, earlyStop: { patience: 0 } })),
    ],
    [
      'fit: probe: attack must be given with an objective of no eps, got undefined',
      () => fit(linear(), data(), quick({ probe: true })),
    ],
    [
      'fit: probe: drop must be a finite number >= 0 and <= 1',
      () => fit(linear(), data(), quick({ probe: { drop: 2 } })),
    ],
    [
      'fit: checkpoint: store must be a Store',
      () => fit(linear(), data(), quick({ checkpoint: { store: {} as never, name: 'run' } })),
    ],
  ];
  it.each(cases)('%s', async (message, call) => {
    const error = await call().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain(message);
    expect(isUserError(error)).toBe(true);
  });

  it('is refused by train at once, not at the first step', () => {
    expect(() => train(linear(), data(), quick({ epochs: -1 }))).toThrow(
      'train: epochs must be an integer >= 1, got -1',
    );
  });

  it('leaves the weights as they are', async () => {
    const model = linear();
    await fit(model, pixels(2), quick({ optimizer: sgd() })).catch(() => undefined);
    expect(Math.max(...(await model.parameters()[0].variable.data()))).toBe(0);
  });
});
