import type { Attack } from '@agoge/core';
import type { AttackSummary } from './records';

/** What an attack did to some examples. */
export type Totals = Omit<AttackSummary, 'name' | 'norm' | 'needs' | 'options'>;

const zeros = {
  ...{ attempted: 0, broken: 0, newlyBroken: 0, refuted: 0, outside: 0 },
  ...{ forwards: 0, backwards: 0, zeroGradients: 0, seconds: 0 },
};

/** Of an attack that meets so many examples and has done nothing yet; `unique` is null where it will not be known. */
export const noTotals = (attempted: number, unique: number | null): Totals => ({ ...zeros, attempted, unique });

/** An attack with what it has done so far: nothing. */
export const untouched = ({ name, norm, needs, options }: Attack, unique: number | null): AttackSummary => ({
  ...{ name, norm, needs, options },
  ...noTotals(0, unique),
});

/** Adds what an attack did to other examples. */
export function addTotals(sums: Totals, more: Totals): void {
  for (const key of Object.keys(zeros) as (keyof typeof zeros)[]) sums[key] += more[key];
  if (sums.unique !== null && more.unique !== null) sums.unique += more.unique;
}
