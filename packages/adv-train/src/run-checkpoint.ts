import { type Batch, said, show, type Trainable } from '@agoge/core';
import { keepBadBatch } from './bad-batch';
import { type KeptBest, keepBest, loadCheckpoint, type RunState, saveCheckpoint } from './checkpoint';
import type { NamedVariable } from './optimizer';
import type { RunSetup } from './run-setup';
import type { TrainOptions } from './train-options';

/** Where a run is kept as it goes on; a run without a checkpoint is kept nowhere. */
export interface RunCheckpoint {
  readonly name?: string;
  /** What it holds. */
  readonly kept: RunState | undefined;
  /** Whether a state is to be kept after so many steps, beside those at ends of epochs. */
  isDue(step: number): boolean;
  save(at: RunState): Promise<void>;
  /** Keeps the weights of the best epoch so far, to be named in the next state. */
  keepBest(model: Trainable, epoch: number): Promise<KeptBest | null>;
  /** As {@link keepBadBatch}: its name, if it was kept. */
  keepBatch(batch: Batch, adversarial: Float32Array): Promise<string | undefined>;
}

const nowhere: RunCheckpoint = {
  kept: undefined,
  isDue: () => false,
  save: async () => undefined,
  keepBest: async () => null,
  keepBatch: async () => undefined,
};

/**
 * Opens a run's checkpoint, and gives its variables the values that it holds, if the run goes on from it.
 *
 * @param variables all that lasts from step to step
 * @param setupOf called where there is a checkpoint: it may have to go through the data
 * @throws Error where there is none and `resume` asks for one; as {@link loadCheckpoint}
 */
export async function openCheckpoint(
  who: string,
  { checkpoint, resume = 'auto' }: Pick<TrainOptions, 'checkpoint' | 'resume'>,
  variables: readonly NamedVariable[],
  setupOf: () => RunSetup,
): Promise<RunCheckpoint> {
  if (!checkpoint) return nowhere;
  const { name, every = Infinity } = checkpoint;
  const setup = setupOf();
  let kept = resume === false ? undefined : await loadCheckpoint(who, checkpoint, variables, setup);
  if (resume === true && !kept) {
    throw said(new Error(`${who}: resume needs the checkpoint ${show(name)}, which is not there`));
  }
  return {
    name,
    get kept() {
      return kept;
    },
    isDue: (step) => step % every === 0,
    async save(at) {
      await saveCheckpoint(checkpoint, variables, setup, at);
      kept = at;
    },
    keepBest: (model, epoch) => keepBest(checkpoint, model, epoch),
    keepBatch: (batch, adversarial) => keepBadBatch(checkpoint, batch, adversarial),
  };
}
