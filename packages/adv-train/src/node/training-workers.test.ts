import { memoryStore, type Objective, type Trainable } from '@agoge/core';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BundledWorker, bundledWorker } from '../../test/bundled-worker';
import { threeShades } from '../../test/features';
import * as models from '../../test/worker-models';
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

type Backend = 'cpu' | 'wasm';
type Name = 'handMade' | 'stock' | 'counting' | 'renormalising' | 'tidying';

async function start(
  name: string,
  workers: number,
  options: object = {},
  more: Partial<TrainingWorkersOptions> = {},
): Promise<TrainingWorkers> {
  const given = { backend: 'cpu', ...options };
  const started = await startTrainingWorkers(bundled.worker, {
    ...{ module: bundled.models, export: name, options: given, workers },
    ...more,
  });
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

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  const everything = { objective: robust, weightPerturbation: awp({ gamma: 0.01 }) };

  it('has the same weights, statistics, average and history with 1, 2 and 3 workers as without, to the bit', async () => {
    const wanted = await outcome('handMade', backend, everything, true);
    for (const count of [1, 2, 3]) {
      const workers = await start('handMade', count, { backend });
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
