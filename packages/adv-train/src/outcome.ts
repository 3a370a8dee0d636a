import { show } from '@agoge/core';
import { type FilledProbe, warningsOf } from './collapse';
import { type EarlyStop, isSpent } from './early-stop';
import { bestOf, type EpochRecord, type History } from './history';
import type { RunCheckpoint } from './run-checkpoint';

/** Why a run ends with these epochs, if it does. */
export function stopOf(epochs: readonly EpochRecord[], earlyStop?: EarlyStop, probe?: FilledProbe): History['stopped'] {
  if (probe?.stop && warningsOf(epochs, probe).length > 0) return 'collapse';
  return earlyStop && isSpent(epochs, earlyStop) ? 'earlyStop' : undefined;
}

/** What a run of so many epochs came to. */
export function historyOf(records: EpochRecord[], epochs: number, earlyStop?: EarlyStop, probe?: FilledProbe): History {
  const best = bestOf(records);
  const stopped = records.length < epochs ? stopOf(records, earlyStop, probe) : undefined;
  const warnings = probe ? warningsOf(records, probe) : [];
  return {
    epochs: records,
    ...(best && { best }),
    ...(warnings.length > 0 && { warnings }),
    ...(stopped && { stopped }),
  };
}

/**
 * What can be done after a loss that is no number, whose step is made before it is seen.
 *
 * @param inspect the file of its batch, where it was kept
 */
export function whatIsLeft({ name, kept }: Pick<RunCheckpoint, 'name' | 'kept'>, inspect: string | undefined): string {
  const state = kept ? `, the checkpoint ${show(name)} is of step ${kept.step}` : '';
  const batch = inspect === undefined ? 'with a checkpoint the batch would be kept' : `the batch is ${show(inspect)}`;
  return `the model has made that step${state}; ${batch}`;
}
