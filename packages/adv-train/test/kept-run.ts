import '@agoge/backend-onnx';
import { fgsmAttack } from '@agoge/attacks';
import { fileStore } from '@agoge/core/node';
import { setBackend } from '@tensorflow/tfjs-core';
import { awp } from '../src/awp';
import { loadBest } from '../src/checkpoint';
import { adversarialTraining } from '../src/objectives/adversarial-training';
import { cosine } from '../src/schedules';
import { train } from '../src/train';
import { ema } from '../src/weight-average';
import { saveWeights } from '../src/weights';
import { threeShades } from './features';
import { handMadeNet } from './hand-made-net';

/** The steps of {@link keptRun}. */
export const steps = 18;

/**
 * A run on a backend that keeps a checkpoint of every third step in a folder, and goes on from there: in parts, at moved
 * weights, with a mean of the weights, which is validated.
 *
 * @returns the weights, their mean, and those of the best epoch
 */
export async function keptRun(backend: string, folder: string, told: (step: number) => void): Promise<Uint8Array[]> {
  await setBackend(backend);
  const [model, mean, best] = [4, 5, 6].map((seed) => handMadeNet({ seed }));
  const checkpoint = { store: fileStore(folder), name: 'run', every: 3 };
  const reports = train(model, threeShades(42, 1), {
    objective: adversarialTraining({ eps: 0.05, steps: 1 }),
    epochs: 3,
    batchSize: 8,
    microBatch: 4,
    schedule: cosine({ learningRate: 0.05 }),
    weightPerturbation: awp({ gamma: 0.01 }),
    average: ema({ model: mean, decay: 0.8 }),
    validation: { data: threeShades(16, 2), attacks: [fgsmAttack({ eps: 0.05 })] },
    checkpoint,
  });
  for await (const { step } of reports) told(step);
  await loadBest(best, checkpoint);
  const weights = await Promise.all([model, mean, best].map((each) => saveWeights(each)));
  for (const each of [model, mean, best]) each.dispose();
  return weights;
}
