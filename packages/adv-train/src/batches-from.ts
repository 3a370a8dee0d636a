import { type Batch, type Batches, said } from '@agoge/core';

/** How a run goes through its data. */
export interface Plan {
  epochs: number;
  batchSize: number;
  seed: number;
  /** Steps on each batch, one after another. */
  replays: number;
  stepsPerEpoch: number;
  totalSteps: number;
}

/** Counts the steps: the last batch of an epoch may be short, but one of a single example is left out. */
export function planOf(
  examples: number,
  { epochs, batchSize, seed, replays }: Pick<Plan, 'epochs' | 'batchSize' | 'seed' | 'replays'>,
): Plan {
  const batches = Math.floor(examples / batchSize) + (examples % batchSize > 1 ? 1 : 0);
  const stepsPerEpoch = batches * replays;
  return { epochs, batchSize, seed, replays, stepsPerEpoch, totalSteps: epochs * stepsPerEpoch };
}

/** What one step is made on. */
export interface PlacedBatch {
  batch: Batch;
  /** The step's number in the epoch. */
  place: number;
}

/**
 * The batches of an epoch from where it stands, each as often as it is replayed. They are held no longer than until the next
 * is asked for.
 */
export async function* batchesFrom(
  who: string,
  data: Batches,
  { batchSize, seed, replays, stepsPerEpoch }: Plan,
  { epoch, batch: begin }: { epoch: number; batch: number },
  signal?: AbortSignal,
): AsyncGenerator<PlacedBatch> {
  let place = begin;
  if (place === stepsPerEpoch) return;
  const request = { batchSize, seed, epoch, from: Math.floor(begin / replays) * batchSize, holds: 1 };
  for await (const batch of data.batches(signal ? { ...request, signal } : request)) {
    do {
      yield { batch, place };
      place++;
    } while (place % replays > 0);
    if (place === stepsPerEpoch) return;
  }
  const [done, all] = [place / replays, stepsPerEpoch / replays];
  throw said(new Error(`${who}: data ended after ${done} of ${all} batches of epoch ${epoch}`));
}
