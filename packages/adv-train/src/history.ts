import type { TrainingWarning } from './collapse';
import type { ProbeResult } from './probe-model';
import type { ValidationResult } from './validation';

/** One epoch of training. */
export interface EpochRecord {
  /** From 0. */
  epoch: number;
  /** Mean over the epoch's examples, with the penalty. */
  loss: number;
  /** On the training batches' adversarial images, each before its step. */
  accuracy: number;
  /** Of the epoch's last step. */
  learningRate: number;
  /** Wall time, validation not counted; over all processes if it was resumed. */
  seconds: number;
  /** Of the validation data; where it was validated. */
  cleanAccuracy?: number;
  /** Of the validation data, under all attacks; where it was validated. */
  robustAccuracy?: number;
  /** The best robust accuracy of the epochs up to this one less this one's: what was lost since; where it was validated. */
  belowBest?: number;
  /**
   * {@link accuracy} less {@link robustAccuracy}, where it was validated. With an objective that trains on adversarial images
   * it grows with robust overfitting (Rice et al. 2020); the two are of attacks and weights that are not quite the same.
   */
  robustGap?: number;
  /** Of the first training images, where the run has a `probe`. */
  probe?: ProbeResult;
}

/** The epoch whose weights a run keeps beside its last. */
export interface BestEpoch extends ValidationResult {
  epoch: number;
}

/** What a training run went through: plain JSON. */
export interface History {
  epochs: EpochRecord[];
  /** Of the validated epochs that of the highest robust accuracy, the first among equals. */
  best?: BestEpoch;
  /** What went wrong without ending the run, where something did. */
  warnings?: TrainingWarning[];
  /** Why the run ended before its epochs were done. */
  stopped?: 'earlyStop' | 'collapse';
}

/** The best epoch so far; undefined where none was validated. */
export function bestOf(epochs: readonly EpochRecord[]): BestEpoch | undefined {
  let best: BestEpoch | undefined;
  for (const { epoch, cleanAccuracy, robustAccuracy } of epochs) {
    if (cleanAccuracy === undefined || robustAccuracy === undefined) continue;
    if (!best || robustAccuracy > best.robustAccuracy) best = { epoch, cleanAccuracy, robustAccuracy };
  }
  return best;
}

/** Sums over the part of an epoch that is done. */
export interface RunningSums {
  examples: number;
  loss: number;
  correct: number;
  seconds: number;
}

/** The sums of an epoch that has not begun. */
export const noSums: Readonly<RunningSums> = { examples: 0, loss: 0, correct: 0, seconds: 0 };

/** The sums after one more batch of `n` examples of that mean loss. */
export function addBatch(
  sums: RunningSums,
  { n, loss, correct, seconds }: { n: number; loss: number; correct: number; seconds: number },
): RunningSums {
  return {
    examples: sums.examples + n,
    loss: sums.loss + loss * n,
    correct: sums.correct + correct,
    seconds: sums.seconds + seconds,
  };
}

/** What was measured at the end of an epoch. */
export interface EpochMeasures {
  learningRate: number;
  validation?: ValidationResult;
  probe?: ProbeResult;
}

/** The record of a finished epoch, after those before it. */
export function recordOf(
  earlier: readonly EpochRecord[],
  { examples, loss, correct, seconds }: RunningSums,
  { learningRate, validation, probe }: EpochMeasures,
): EpochRecord {
  const accuracy = correct / examples;
  const record = { epoch: earlier.length, loss: loss / examples, accuracy, learningRate, seconds };
  if (!validation) return { ...record, ...(probe && { probe }) };
  const { robustAccuracy } = validation;
  const before = bestOf(earlier)?.robustAccuracy ?? robustAccuracy;
  return {
    ...record,
    ...validation,
    belowBest: Math.max(0, before - robustAccuracy),
    robustGap: accuracy - robustAccuracy,
    ...(probe && { probe }),
  };
}
