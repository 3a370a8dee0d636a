import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '@agoge/backend-onnx';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { awp } from './awp';
import { adversarialTraining } from './objectives/adversarial-training';
import { constant } from './schedules';
import { train } from './train';
import { ema } from './weight-average';

const full = process.env.AGOGE_TEST === 'full';
const steps = full ? 10_000 : 30;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Resident memory once what can go is gone, in MiB. */
const resident = () => {
  collectGarbage();
  return process.memoryUsage().rss / 2 ** 20;
};

const name = `on %s ${steps} steps hold as many tensors as one${full ? ', and no more memory' : ' (10,000, and memory, with AGOGE_TEST=full)'}`;
it.each(['cpu', 'onnx'])(name, { timeout: full ? 3_600_000 : 120_000 }, async (backend) => {
  await setBackend(backend);
  const [model, mean] = [handMadeNet({ seed: 4 }), handMadeNet({ seed: 5 })];
  const reports = train(model, threeShades(20, 1), {
    objective: adversarialTraining({ eps: 0.05, steps: 1 }),
    epochs: steps / 5,
    batchSize: 4,
    microBatch: 2,
    schedule: constant({ learningRate: 0.01 }),
    weightPerturbation: awp({ gamma: 0.01 }),
    average: ema({ model: mean }),
    probe: false,
  });
  const tensors = new Set<number>();
  const sizes: number[] = [];
  for await (const { step } of reports) {
    tensors.add(memory().numTensors);
    if (step % (steps / 10) > 0) continue;
    sizes.push(resident());
    if (full) console.log(`${backend}, step ${step}: ${memory().numTensors} tensors, ${sizes.at(-1)?.toFixed(1)} MiB`);
  }
  expect(tensors.size).toBe(1);
  // The heap of JavaScript breathes; one batch of images left behind by each step would be 20 MB by the end.
  if (full) expect(sizes[9] - sizes[0]).toBeLessThan(15);
  for (const each of [model, mean]) each.dispose();
});
