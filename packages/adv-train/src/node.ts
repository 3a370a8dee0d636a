import { startTrainingWorkers, type TrainingWorkers, type TrainingWorkersOptions } from './node/training-workers';

export type { TrainingWorkers, TrainingWorkersOptions } from './node/training-workers';

/**
 * Threads among which `fit` and `train` share each batch, part by part, for backends that use one core (cpu, wasm, onnx with one
 * thread): each has a copy of the model, crafts the images of its parts and takes their gradients; this thread adds them up in the
 * parts' order and makes the step. However many there are, the result is that of one thread with the same `microBatch`, bit
 * for bit, running statistics included, and a checkpoint of one goes on with the other.
 *
 * Weights, images and gradients lie in shared memory. The objective is built again from its name and options, so it must be one of
 * `@agoge/adv-train/registry` or of the module. Random numbers that layers draw on their own (tfjs's dropout) differ.
 *
 * @returns the threads, which one run at a time may use; the caller closes them
 * @throws TypeError, RangeError for options; Error that names the worker where the module does not load, or makes no model
 * @example
 * const module = new URL('./model.mjs', import.meta.url); // export async function makeModel({ width }) { ... }
 * const workers = await trainingWorkers({ module, export: 'makeModel', options: { width: 16 }, workers: 4 });
 * await fit(await makeModel({ width: 16 }), data, { objective, epochs: 10, batchSize: 128, microBatch: 32, workers });
 * await workers.close();
 */
export function trainingWorkers(options: TrainingWorkersOptions): Promise<TrainingWorkers> {
  return startTrainingWorkers(new URL('./node/training-worker.js', import.meta.url), options);
}
