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
  /** `batch`, `size`, `loss`, `acc`, `learningRate`. */
  onBatchEnd?(batch: number, logs?: TrainingLogs): Told;
  /** `loss`, `acc`, `learningRate`; where validated, `cleanAccuracy` and `robustAccuracy`. */
  onEpochEnd?(epoch: number, logs?: TrainingLogs): Told;
  /** When all epochs are done; not after an abort or an error. */
  onTrainEnd?(logs?: TrainingLogs): Told;
}
