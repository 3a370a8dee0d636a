import type { TrainableWeight } from '@agoge/core';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';

/** A variable with a name that is the same in every run: what weights files and checkpoints hold. */
export interface NamedVariable {
  name: string;
  variable: Variable;
}

/** How gradients change weights. All that lasts from step to step is in the state, so that a checkpoint can keep it. */
export interface Optimizer {
  readonly name: string;
  /** As JSON: what a checkpoint records. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The state before the first step, named after the parameters. The caller disposes of it. */
  init(parameters: readonly TrainableWeight[]): NamedVariable[];
  /**
   * Changes parameters and state in place.
   *
   * @param parameters what {@link init} was given
   * @param gradients by the parameter's name; a parameter without one stays as it is
   * @param state what {@link init} returned
   */
  step(
    parameters: readonly TrainableWeight[],
    gradients: ReadonlyMap<string, Tensor>,
    state: readonly NamedVariable[],
    learningRate: number,
  ): void;
}
