import type { EpochRecord } from './history';

/** When a run ends before its epochs are done. */
export interface EarlyStop {
  /** Validations in a row that may pass without the robust accuracy rising, before the run ends. No default. */
  patience: number;
  /** What counts as rising: more than so much above the best. Default 0. */
  minDelta?: number;
}

/** Whether the patience with a run is at an end. Epochs that were not validated do not count. */
export function isSpent(epochs: readonly EpochRecord[], { patience, minDelta = 0 }: EarlyStop): boolean {
  let [best, waited] = [Number.NEGATIVE_INFINITY, 0];
  for (const { robustAccuracy } of epochs) {
    if (robustAccuracy === undefined) continue;
    waited++;
    if (robustAccuracy > best + minDelta) [best, waited] = [robustAccuracy, 0];
  }
  return waited >= patience;
}
