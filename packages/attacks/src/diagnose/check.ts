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

/** A check that was made; NaN, for what cannot be measured because all is lost, warns. */
export function judged({ name, threshold, source, remedy }: Measure, measured: number, says: string): Check {
  const warns = !(measured <= threshold);
  return { name, verdict: warns ? 'warning' : 'ok', measured, threshold, source, says, remedy: warns ? remedy : null };
}

/** A check that was not made, and why. */
export function unchecked({ name, threshold, source }: Measure, why: string): Check {
  return { name, verdict: 'not checked', measured: null, threshold, source, says: why, remedy: null };
}

/** Shares and counts as messages show them: `3 of 64 examples`. */
export const of = (count: number, all: number): string => `${count} of ${all} ${all === 1 ? 'example' : 'examples'}`;
