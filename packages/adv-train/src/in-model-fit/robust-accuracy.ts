import { checkFit, checkOptions, runRules, type Trainable } from '@agoge/core';
import { type Validation, validate, validationRules } from '../validation';

export interface RobustAccuracyOptions extends Validation {
  /** Key of the attacks' noise: the same in every epoch. Default 0. */
  seed?: number;
  signal?: AbortSignal;
}

/** A callback of `model.fit` and `model.fitDataset`; our `fit` takes it too. */
export interface RobustAccuracyCallback {
  onEpochEnd(epoch: number, logs?: Record<string, number>): Promise<void>;
}

/**
 * A callback for a `model.fit` of your own that measures robust accuracy: it writes `val_clean_accuracy` and `val_robust_accuracy`
 * to the epoch's logs, so that tfjs's History has them.
 *
 * What withstands all attacks counts as robust; the model is measured as at inference. Of the epochs every `every`-th is measured
 * (default 1), the last one only where its turn is. tfjs takes plain callbacks or classes of its own, not both:
 * `[new CustomCallback(robustAccuracy(...)), callbacks.earlyStopping({ monitor: 'val_robust_accuracy' })]` stops by what it finds.
 *
 * @param model the model in training, as `fromLayersModel(model, { bounds })`
 * @throws TypeError, RangeError for what was given
 * @example
 * const measured = robustAccuracy(fromLayersModel(model, { bounds: [0, 1] }), { data, attacks: [pgdAttack({ eps: 8 / 255 })] });
 * const { history } = await model.fitDataset(adversarial, { epochs: 30, callbacks: measured });
 */
export function robustAccuracy(model: Trainable, options: RobustAccuracyOptions): RobustAccuracyCallback {
  const who = 'robustAccuracy';
  checkOptions(who, options, { ...validationRules, seed: runRules.seed, signal: runRules.signal });
  checkFit(who, 'data', model, options.data);
  const { seed = 0, signal, every = 1, ...validation } = options;
  return {
    async onEpochEnd(epoch, logs = {}) {
      if ((epoch + 1) % every !== 0) return;
      const run = { seed, ...(signal && { signal }) };
      const { cleanAccuracy, robustAccuracy } = await validate(model, validation, run);
      Object.assign(logs, { val_clean_accuracy: cleanAccuracy, val_robust_accuracy: robustAccuracy });
    },
  };
}
