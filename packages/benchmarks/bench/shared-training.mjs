// A step of adversarial training that is shared among workers, as a case; and the network of its main thread and its workers.
import { adversarialTraining, train } from '@agoge/adv-train';
import { trainingWorkers } from '@agoge/adv-train/node';
import { resnet18 } from '@agoge/architectures';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { getBackend } from '@tensorflow/tfjs-core';
import { filled } from './filled.mjs';

/** A narrow ResNet-18 on a backend that uses one core. */
export async function makeModel({ backend, width }) {
  await useBackend(backend, backend === 'onnx' ? { onnx: { threads: 1 } } : {});
  return fromLayersModel(resnet18({ width, seed: 1 }), { bounds: [0, 1] });
}

/** PGD of some steps, batch normalisation by parts, SGD; `workers` 0 is the main thread alone. */
export function ofWorkers({ workers: count, width, batch: batchSize, microBatch, steps }) {
  const options = { backend: getBackend(), width };
  let reports;
  const begin = async () => {
    const examples = 4 * batchSize;
    const shape = [examples, 32, 32, 3];
    const y = Int32Array.from({ length: examples }, (_, i) => i % 10);
    const data = fromArrays({ x: filled(1, shape), y, shape, classes: 10, bounds: [0, 1] });
    const module = new URL(import.meta.url);
    const workers = count && (await trainingWorkers({ module, export: 'makeModel', options, workers: count }));
    const objective = adversarialTraining({ eps: 8 / 255, steps });
    const steady = { objective, epochs: 1e6, batchSize, microBatch, ...(workers && { workers }) };
    return train(await makeModel(options), data, steady);
  };
  return {
    call: async () => {
      reports ??= await begin();
      await reports.next();
    },
    around: (body) => body(),
  };
}
