import { checkOptions, integer, number, oneOf, type Rule, required } from '@agoge/core';

/** What a run is asked for: all that its numbers follow from, the backend aside. */
export interface Setup {
  objective: 'standard' | 'adversarialTraining' | 'trades' | 'fgsmRs';
  activation: 'relu' | 'silu' | 'gelu' | 'pssilu';
  /** Largest change of a pixel, of a grey range of 1. */
  eps: number;
  epochs: number;
  learningRate: number;
  seed: number;
}

/** The ranges of the form, which a run that was kept is held to as well. */
const rules = {
  objective: oneOf('standard', 'adversarialTraining', 'trades', 'fgsmRs'),
  activation: oneOf('relu', 'silu', 'gelu', 'pssilu'),
  eps: number({ min: 0, max: 0.4 }),
  epochs: integer({ min: 1, max: 200 }),
  learningRate: number({ above: 0, max: 1 }),
  seed: integer({ min: 0 }),
} satisfies Record<keyof Setup, Rule>;

/** @throws TypeError, RangeError that name the value */
export function checkSetup(setup: Setup): void {
  checkOptions('setup', setup, Object.fromEntries(Object.entries(rules).map(([key, rule]) => [key, required(rule)])));
}
