import { memoryStore, type Objective, type Trainable } from '@agoge/core';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BundledWorker, bundledWorker } from '../../test/bundled-worker';
import { threeShades } from '../../test/features';
import { counting, doubled, handMade, renormalising, stock, tidying } from '../../test/worker-models';
import { awp } from '../awp';
import type { History } from '../history';
import { adversarialTraining } from '../objectives/adversarial-training';
import { freeAdversarialTraining } from '../objectives/free';
import { standard } from '../objectives/standard';
import { trades } from '../objectives/trades';
import { constant } from '../schedules';
import { fit, train } from '../train';
import type { TrainOptions } from '../train-options';
import { ema } from '../weight-average';
import { saveWeights } from '../weights';
import { startTrainingWorkers, type TrainingWorkers, type TrainingWorkersOptions } from './training-workers';

let bundled: BundledWorker;
beforeAll(async () => {
  bundled = await bundledWorker();
});
afterAll(() => bundled.remove());
const open: TrainingWorkers[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
/** Two threads with the hand-made net, which several tests use one after another. */
let lasting: Promise<TrainingWorkers> | undefined;
afterAll(async () => (await lasting)?.close());
const pair = () => {
  lasting ??= launch('handMade', 2);
  return lasting;
};

type Backend = 'cpu' | 'wasm';
const models = { handMade, stock, counting, renormalising, tidying };
type Name = keyof typeof models;

type Launch = [name: string, workers: number, options?: object, more?: Partial<TrainingWorkersOptions>];

const launch = (...[name, workers, options, more]: Launch): Promise<TrainingWorkers> =>
  startTrainingWorkers(bundled.worker, {
    ...{ module: bundled.models, export: name, options: { backend: 'cpu', ...options }, workers },
    ...more,
  });

/** Threads that a test has for itself. */
async function start(...given: Launch): Promise<TrainingWorkers> {
  const started = await launch(...given);
  open.push(started);
  return started;
}

const brief = { epochs: 1, batchSize: 14, microBatch: 4, schedule: constant({ learningRate: 0.05 }), probe: false };
const robust = trades({ eps: 0.05, steps: 2, stepSize: 0.02 });

interface Outcome {
  weights: Uint8Array;
  average?: Uint8Array;
  history: Omit<History['epochs'][number], 'seconds'>[];
}

/** Weights, statistics and history of a run; seconds left out. */
async function outcome(
  name: Name,
  backend: Backend,
  options: Partial<TrainOptions> & { objective: Objective },
  averaged = false,
): Promise<Outcome> {
  const model = await models[name]({ backend });
  const mean: Trainable | undefined = averaged ? await models[name]({ backend, seed: 5 }) : undefined;
  const average = mean && { average: ema({ model: mean, decay: 0.9, warmUp: 0 }) };
  const { epochs } = await fit(model, threeShades(32, 1), { ...brief, ...options, ...average });
  return {
    weights: await saveWeights(model),
    ...(mean && { average: await saveWeights(mean) }),
    history: epochs.map(({ seconds: _, ...rest }) => rest),
  };
}

const slow = { timeout: 120_000 };

describe.each([
  ['cpu', [2, 3]],
  ['wasm', [2]],
] as const)('on %s', slow, (backend, counts) => {
  const everything = { objective: robust, weightPerturbation: awp({ gamma: 0.01 }) };

  it(`has the weights, statistics, average and history of one thread with ${counts} workers, to the bit`, async () => {
    const wanted = await outcome('handMade', backend, everything, true);
    for (const count of counts) {
      const workers = backend === 'cpu' && count === 2 ? await pair() : await start('handMade', count, { backend });
      expect(await outcome('handMade', backend, { ...everything, workers }, true)).toEqual(wanted);
    }
    const { weightPerturbation: _, ...without } = everything;
    expect((await outcome('handMade', backend, without)).weights).not.toEqual(wanted.weights);
  });

  it('does what stock batch normalisation does to its running averages', async () => {
    const wanted = await outcome('stock', backend, { objective: robust, epochs: 2 });
    const workers = await start('stock', 2, { backend });
    expect(await outcome('stock', backend, { objective: robust, epochs: 2, workers })).toEqual(wanted);
  });
});

describe('with 2 workers', slow, () => {
  it('layers that count their passes count on from part to part', async () => {
    const options = { objective: robust, weightPerturbation: awp({ gamma: 0.01 }) };
    const wanted = await outcome('counting', 'cpu', options);
    expect(await outcome('counting', 'cpu', { ...options, workers: await start('counting', 2) })).toEqual(wanted);
  });

  it('perturbations that go on from step to step do so, and the next run with the same workers can be another', async () => {
    const free = { objective: freeAdversarialTraining({ eps: 0.1, replays: 2 }) };
    const workers = await pair();
    expect(await outcome('handMade', 'cpu', { ...free, workers })).toEqual(await outcome('handMade', 'cpu', free));
    const other = { objective: adversarialTraining({ eps: 0.05, steps: 1 }), batchSize: 9, microBatch: 3 };
    expect(await outcome('handMade', 'cpu', { ...other, workers })).toEqual(await outcome('handMade', 'cpu', other));
  });

  it('takes an objective from the module, and refuses one that it does not know', async () => {
    const objective = doubled({ factor: 2 });
    const wanted = await outcome('handMade', 'cpu', { objective });
    const workers = await start('handMade', 2, {}, { objective: 'doubled' });
    expect(await outcome('handMade', 'cpu', { objective, workers })).toEqual(wanted);
    await expect(outcome('handMade', 'cpu', { objective: standard(), workers })).rejects.toThrow(
      'trainingWorkers: the workers made {"name":"doubled"',
    );
    const registered = await start('handMade', 1);
    await expect(outcome('handMade', 'cpu', { objective, workers: registered })).rejects.toThrow(
      'trainingWorkers: worker 1 of 1: registry: unknown objective "doubled"',
    );
  });

  it('an abort stops crafting; the workers serve on, and another number goes on from the checkpoint', async () => {
    const workers = await pair();
    const model = await handMade({ backend: 'cpu' });
    const controller = new AbortController();
    const endless = adversarialTraining({ eps: 0.05, steps: 100_000 });
    const running = fit(model, threeShades(32, 1), {
      ...{ ...brief, objective: endless, workers, signal: controller.signal },
    });
    setTimeout(() => controller.abort(new Error('enough')), 300);
    await expect(running).rejects.toThrow('enough');

    // It has left the model as it was.
    const wanted = await outcome('handMade', 'cpu', { objective: robust });
    const options = { ...brief, objective: robust, checkpoint: { store: memoryStore(), name: 'run', every: 1 } };
    for await (const { step } of train(model, threeShades(32, 1), { ...options, workers })) if (step === 2) break;
    const resumed = await handMade({ backend: 'cpu' });
    await fit(resumed, threeShades(32, 1), { ...options, resume: true });
    expect(await saveWeights(resumed)).toEqual(wanted.weights);

    const fresh = { ...options, checkpoint: { store: memoryStore(), name: 'run', every: 1 } };
    const alone = await handMade({ backend: 'cpu' });
    for await (const { step } of train(alone, threeShades(32, 1), fresh)) if (step === 2) break;
    const shared = await handMade({ backend: 'cpu' });
    await fit(shared, threeShades(32, 1), { ...fresh, workers, resume: true });
    expect(await saveWeights(shared)).toEqual(wanted.weights);
  });

  const steps = process.env.AGOGE_TEST === 'full' ? 200 : 40;
  it(`keeps no tensor over ${steps} steps, here or there (200 with AGOGE_TEST=full)`, async () => {
    const workers = await start('tidying', 2);
    const model = await handMade({ backend: 'cpu' });
    const objective = adversarialTraining({ eps: 0.05, steps: 1 });
    const options = { ...brief, objective, epochs: steps / 8, batchSize: 4, microBatch: 2, workers };
    const seen = new Set<number>();
    for await (const { step } of train(model, threeShades(32, 1), options)) if (step > 1) seen.add(memory().numTensors);
    expect(seen.size).toBe(1);
  });
});

describe('refuses', slow, () => {
  it.each([
    [
      'a module that is not there',
      { module: '/nowhere/model.mjs' },
      'worker 1 of 1: module file:///nowhere/model.mjs does not load',
    ],
    ['a function that is not exported', { export: 'makeModel' }, 'must export a function "makeModel", it exports'],
    ['what is no model', { export: 'notAModel' }, 'notAModel of file:'],
    ['a relative path', { module: './model.mjs' }, 'trainingWorkers: module must be a file URL'],
    ['no workers', { workers: 0 }, 'trainingWorkers: workers must be an integer >= 1, got 0'],
    ['an option that it does not know', { threads: 2 } as never, 'trainingWorkers: unknown option "threads"'],
  ])('%s', async (_, more, message) => {
    await expect(start('handMade', 1, {}, more)).rejects.toThrow(message);
  });

  it('a model of another form, another backend, and a run without microBatch', async () => {
    const wide = await start('wide', 1);
    await expect(outcome('handMade', 'cpu', { objective: robust, workers: wide })).rejects.toThrow(
      /the workers' model must be a copy of the trained one: of its parameters number 0 is conv1.kernel \[3,3,2,4\] float32, theirs/,
    );
    const wasm = await start('handMade', 1, { backend: 'wasm' });
    await expect(outcome('handMade', 'cpu', { objective: robust, workers: wasm })).rejects.toThrow(
      'trainingWorkers: the workers run the backend wasm, this thread cpu',
    );
    const model = await handMade({ backend: 'cpu' });
    const { microBatch: _, ...without } = brief;
    await expect(fit(model, threeShades(32, 1), { ...without, objective: robust, workers: wasm })).rejects.toThrow(
      'fit: workers need microBatch',
    );
  });

  it('a pass that uses the running statistics that it moves, which one thread can make and workers cannot', async () => {
    const workers = await start('renormalising', 2);
    const objective = standard();
    await outcome('renormalising', 'cpu', { objective });
    await expect(outcome('renormalising', 'cpu', { objective, workers })).rejects.toThrow(
      'trainingWorkers: worker 1 of 2, part 1: a pass that both uses and moves the running bn1.moving_mean',
    );
  });
});

describe('an error', slow, () => {
  it('of a worker names it and the part; the weights are those before the step, and nothing is left behind', async () => {
    const model = await handMade({ backend: 'cpu' });
    const workers = await start('failing', 2, { pass: 3 });
    const before = memory().numTensors;
    const options = { ...brief, objective: standard(), workers };
    // Of a step's 4 parts each worker makes two: its third pass is in the second step.
    await expect(fit(model, threeShades(32, 1), options)).rejects.toThrow(
      'trainingWorkers: worker 1 of 2, part 1: RangeError: the lights went out',
    );
    expect(memory().numTensors).toBe(before);
  });

  it('is the end of a worker', async () => {
    const workers = await start('dying', 2, { pass: 2 });
    const model = await handMade({ backend: 'cpu' });
    const options = { ...brief, objective: standard(), workers };
    await expect(fit(model, threeShades(32, 1), options)).rejects.toThrow(
      /trainingWorkers: worker \d of 2 ended by itself \(exit code 3\) while at part \d of 4/,
    );
    await expect(fit(model, threeShades(32, 1), options)).rejects.toThrow(
      /ended by itself \(exit code 3\): start others/,
    );
    await workers.close();
    await expect(fit(model, threeShades(32, 1), options)).rejects.toThrow(/worker 1 of 2 (ended|was closed)/);
  });
});
