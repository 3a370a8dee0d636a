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
}

/** What a training run went through. */
export interface History {
  epochs: EpochRecord[];
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

/** The record of a finished epoch. */
export function recordOf(
  epoch: number,
  { examples, loss, correct, seconds }: RunningSums,
  rest: Pick<EpochRecord, 'learningRate' | 'cleanAccuracy' | 'robustAccuracy'>,
): EpochRecord {
  return { epoch, loss: loss / examples, accuracy: correct / examples, seconds, ...rest };
}
