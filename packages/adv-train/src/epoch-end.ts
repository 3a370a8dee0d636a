import type { Batches, Trainable } from '@agoge/core';
import type { RunState } from './checkpoint';
import type { FilledProbe } from './collapse';
import { drawnSeed } from './drawn-seed';
import { type EpochMeasures, type EpochRecord, recordOf } from './history';
import { probeModel } from './probe-model';
import type { TrainOptions } from './train-options';
import { validate } from './validation';

/** The seed of an epoch's noise: each example is perturbed anew in each epoch, whatever the batch size. */
export const epochSeed = (seed: number, epoch: number) => drawnSeed({ seed, index: epoch, stream: 'train/epoch' });

type Measured = Pick<TrainOptions, 'objective' | 'validation' | 'average' | 'signal' | 'epochs'> & {
  batchSize: number;
  seed: number;
  probe?: FilledProbe | undefined;
};

/**
 * Measures a model at the end of an epoch, as far as it is due: the mean of its weights where the run has one, and its own images.
 *
 * @returns the epoch's record
 */
export async function measuredEpoch(
  model: Trainable,
  data: Batches,
  { epoch, sums, history }: RunState,
  learningRate: number,
  options: Measured,
): Promise<EpochRecord> {
  const { objective, validation, average, probe, epochs, batchSize, seed, signal } = options;
  const reins = signal ? { signal } : {};
  const measures: EpochMeasures = { learningRate };
  if (validation && ((epoch + 1) % (validation.every ?? 1) === 0 || epoch + 1 === epochs)) {
    await average?.settle?.(data, { batchSize, seed, ...reins });
    measures.validation = await validate(average?.model ?? model, validation, { seed, ...reins });
  }
  if (probe) {
    const run = { seed: epochSeed(seed, epoch), accuracy: sums.correct / sums.examples, ...reins };
    measures.probe = await probeModel(model, objective, data, probe, run);
  }
  return recordOf(history, sums, measures);
}
