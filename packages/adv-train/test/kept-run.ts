import '@agoge/backend-onnx';
import { fileStore } from '@agoge/core/node';
import { setBackend } from '@tensorflow/tfjs-core';
import { adversarialTraining } from '../src/objectives/adversarial-training';
import { cosine } from '../src/schedules';
import { train } from '../src/train';
import { saveWeights } from '../src/weights';
import { threeShades } from './features';
import { handMadeNet } from './hand-made-net';

/** The steps of {@link keptRun}. */
export const steps = 40;

/** A run on a backend that keeps a checkpoint of every third step in a folder, and goes on from there; returns the weights. */
export async function keptRun(backend: string, folder: string, told: (step: number) => void): Promise<Uint8Array> {
  await setBackend(backend);
  const model = handMadeNet({ seed: 4 });
  const reports = train(model, threeShades(74, 1), {
    objective: adversarialTraining({ eps: 0.05, steps: 1 }),
    epochs: 4,
    batchSize: 8,
    schedule: cosine({ learningRate: 0.05 }),
    checkpoint: { store: fileStore(folder), name: 'run', every: 3 },
  });
  for await (const { step } of reports) told(step);
  return saveWeights(model);
}
