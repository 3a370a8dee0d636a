import type { TrainableWeight } from '@agoge/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import type { ScheduleProgress } from './schedules';

/** Weights that are moved against the trainer before each gradient, and put back after it. */
export interface WeightPerturbation {
  readonly name: string;
  /** As JSON: what a checkpoint records. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether it is in force at the next step. */
  active(progress: ScheduleProgress): boolean;
  /**
   * What is added to each weight, in the order of the parameters; `undefined` for those that stay. The caller owns the tensors.
   *
   * @param gradients of the loss, by the variable's name
   */
  move(parameters: readonly TrainableWeight[], gradients: NamedTensorMap): (Tensor | undefined)[];
}
