/** What is looked for: a number, and the threshold above which it warns. */
export interface Measure {
  readonly name: string;
  /** What the number is. */
  readonly measures: string;
  /** Warns above this. */
  readonly threshold: number;
  /** Where threshold and procedure come from. */
  readonly source: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** One check of a diagnosis; as JSON. */
export interface Check {
  name: string;
  verdict: 'ok' | 'warning' | 'not checked';
  /** What the number is. */
  measures: string;
  /** The number found; null where it was not checked. */
  measured: number | null;
  /** The number warns above this. */
  threshold: number;
  /** Where threshold and procedure come from: a paper or its code, or ours. */
  source: string;
  /** What was found, or why it was not checked, in plain words. */
  says: string;
  /** What to do; null where there is no warning. */
  remedy: string | null;
}

/** A check that was made; NaN warns. */
export function judged({ remedy, ...measure }: Measure, measured: number, says: string): Check {
  const warns = !(measured <= measure.threshold);
  return { ...measure, verdict: warns ? 'warning' : 'ok', measured, says, remedy: warns ? remedy : null };
}

/** A check that was not made, and why. */
export const unchecked = (measure: Measure, why: string): Check => ({
  ...measure,
  verdict: 'not checked',
  measured: null,
  says: why,
  remedy: null,
});

/** Shares and counts as messages show them: `3 of 64 examples`. */
export const of = (count: number, all: number): string => `${count} of ${all} ${all === 1 ? 'example' : 'examples'}`;
