import type { TrainingWarning } from './collapse';

/** The numbers that tfjs's callbacks are told, under tfjs's names where it has them. */
export type TrainingLogs = Record<string, number>;

type Told = void | Promise<void>;

/**
 * What of a tfjs callback is called here: objects made for `model.fit` (`tf.CustomCallback`'s arguments, tfjs-vis's
 * `fitCallbacks`) serve. Epochs and batches count from 0.
 */
export interface TrainingCallbacks {
  onTrainBegin?(logs?: TrainingLogs): Told;
  onEpochBegin?(epoch: number, logs?: TrainingLogs): Told;
  /** `epoch`, `step`, `batch`, `size`, `loss`, `acc`, `learningRate`, `imagesPerSecond`. */
  onBatchEnd?(batch: number, logs?: TrainingLogs): Told;
  /**
   * `loss`, `acc`, `learningRate`, `imagesPerSecond`; where validated, `cleanAccuracy`, `robustAccuracy`, `belowBest`,
   * `robustGap`; where probed, `probeAccuracy`.
   */
  onEpochEnd?(epoch: number, logs?: TrainingLogs): Told;
  /** What goes wrong without ending the run; tfjs has no such call. */
  onWarning?(warning: TrainingWarning): Told;
  /** When all epochs are done, or the run has ended by itself; not after an abort or an error. */
  onTrainEnd?(logs?: TrainingLogs): Told;
}

/** Several callbacks as one, called in their order. */
export function together(
  callbacks: TrainingCallbacks | readonly TrainingCallbacks[] = [],
): Required<TrainingCallbacks> {
  const all: TrainingCallbacks[] = [callbacks].flat();
  const each =
    <Name extends keyof TrainingCallbacks>(name: Name) =>
    async (...told: Parameters<Required<TrainingCallbacks>[Name]>) => {
      for (const one of all) await (one[name] as ((...told: unknown[]) => Told) | undefined)?.apply(one, told);
    };
  return {
    onTrainBegin: each('onTrainBegin'),
    onEpochBegin: each('onEpochBegin'),
    onBatchEnd: each('onBatchEnd'),
    onEpochEnd: each('onEpochEnd'),
    onWarning: each('onWarning'),
    onTrainEnd: each('onTrainEnd'),
  };
}
