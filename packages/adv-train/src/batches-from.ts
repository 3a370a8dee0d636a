import { type Batch, type Batches, said } from '@agoge/core';

/** How a run goes through its data. */
export interface Plan {
  epochs: number;
  batchSize: number;
  seed: number;
  stepsPerEpoch: number;
  totalSteps: number;
}

/** Counts the steps: the last batch of an epoch may be short, but one of a single example is left out. */
export function planOf(
  examples: number,
  { epochs, batchSize, seed }: Pick<Plan, 'epochs' | 'batchSize' | 'seed'>,
): Plan {
  const stepsPerEpoch = Math.floor(examples / batchSize) + (examples % batchSize > 1 ? 1 : 0);
  return { epochs, batchSize, seed, stepsPerEpoch, totalSteps: epochs * stepsPerEpoch };
}

/** A batch and where it stands. */
export interface PlacedBatch {
  batch: Batch;
  epoch: number;
  /** Its number in the epoch. */
  place: number;
  /** Whether this process had no batch of the epoch before. */
  first: boolean;
  /** Whether the epoch ends with it. */
  last: boolean;
}

/** The batches of a run, epoch after epoch, from where it stands. */
export async function* batchesFrom(
  who: string,
  data: Batches,
  { epochs, batchSize, seed, stepsPerEpoch }: Plan,
  start: { epoch: number; batch: number },
  signal?: AbortSignal,
): AsyncGenerator<PlacedBatch> {
  for (let epoch = start.epoch; epoch < epochs; epoch++) {
    const begin = epoch === start.epoch ? start.batch : 0;
    let place = begin;
    const request = { batchSize, seed, epoch, from: begin * batchSize };
    for await (const batch of data.batches(signal ? { ...request, signal } : request)) {
      const last = place + 1 === stepsPerEpoch;
      yield { batch, epoch, place, first: place === begin, last };
      place++;
      if (last) break;
    }
    if (place < stepsPerEpoch) {
      throw said(new Error(`${who}: data ended after ${place} of ${stepsPerEpoch} batches of epoch ${epoch}`));
    }
  }
}
