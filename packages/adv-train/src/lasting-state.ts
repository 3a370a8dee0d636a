import { type Batches, ModelError, type Trainable } from '@agoge/core';
import { tidy, variable, zeros } from '@tensorflow/tfjs-core';
import type { NamedVariable, Optimizer } from './optimizer';
import type { TrainOptions } from './train-options';
import type { Trainer } from './training-step';
import { parametersOf } from './weight-decay';
import { variablesOf } from './weights';

/** What the steps of a run have in common, and what of it lasts from one to the next. */
export interface LastingState {
  trainer: Trainer;
  /** The model's weights and statistics, the optimiser's state, and what else a checkpoint keeps, by its name there. */
  variables: NamedVariable[];
  /** Disposes of what the run made for itself. */
  dispose(): void;
}

/** @throws ModelError for a model without weights */
export function lastingState(
  who: string,
  model: Trainable,
  data: Batches,
  options: TrainOptions & { optimizer: Optimizer; batchSize: number },
): LastingState {
  const { objective, optimizer, batchSize, microBatch, workers, clipNorm, decays, average } = options;
  const parameters = parametersOf(model, decays);
  if (parameters.length === 0) throw new ModelError(who, 'the model has no weights to train');
  const state = optimizer.init(parameters);
  const widest = Math.min(batchSize, data.examples);
  const perturbation = objective.advance && tidy(() => variable(zeros([widest, ...data.shape]), false));
  return {
    trainer: {
      ...{ model, parameters, objective, optimizer, state },
      ...(microBatch && { microBatch }),
      ...(clipNorm && { clipNorm }),
      ...(workers && { workers }),
      ...(perturbation && { perturbation }),
    },
    variables: [
      ...prefixed('model', variablesOf(model)),
      ...prefixed(optimizer.name, state),
      ...(average ? prefixed('average', variablesOf(average.model)) : []),
      ...(perturbation ? [{ name: 'perturbation', variable: perturbation }] : []),
    ],
    dispose() {
      for (const { variable } of state) variable.dispose();
      perturbation?.dispose();
    },
  };
}

const prefixed = (prefix: string, variables: readonly NamedVariable[]): NamedVariable[] =>
  variables.map(({ name, variable }) => ({ name: `${prefix}/${name}`, variable }));
