import { isRobust, runAttacks } from '@agoge/attacks';
import { type Attack, arrayOf, type Batches, integer, modes, type Rules, required, type Trainable } from '@agoge/core';
import { having } from './having';

/** What a model is measured by while it trains. */
export interface Validation {
  /** Other data than it is trained on. */
  data: Batches;
  /** Robust is what withstands all of them. */
  attacks: readonly Attack[];
  /** In epochs; the last one is validated always. Default 1. */
  every?: number;
  /** Takes the first so many examples. Default: all. */
  examples?: number;
}

export const batchesRule = required(having('Batches', 'batches'));
export const attackRule = having('an attack, such as pgdAttack({ eps })', 'run');
/** The rules of {@link Validation}. */
export const validationRules: Rules = {
  data: batchesRule,
  attacks: required(arrayOf(attackRule)),
  every: integer({ min: 1 }),
  examples: integer({ min: 1 }),
};

/** Accuracies as fractions. */
export interface ValidationResult {
  cleanAccuracy: number;
  robustAccuracy: number;
}

/** Measures a model in mode `evaluate`. */
export async function validate(
  model: Trainable,
  { data, attacks, examples }: Validation,
  run: { seed: number; signal?: AbortSignal },
): Promise<ValidationResult> {
  const { records } = await runAttacks(model.classifier(modes.evaluate), data, [...attacks], {
    ...run,
    ...(examples !== undefined && { examples: Math.min(examples, data.examples) }),
  });
  const share = (count: number) => count / records.length;
  return {
    cleanAccuracy: share(records.filter(({ correct }) => correct).length),
    robustAccuracy: share(records.filter(isRobust).length),
  };
}
