import type { KernelCase } from './kernel-case';

/** |actual - expected| <= absolute + relative |expected|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export interface Comparison {
  /** The largest |actual - expected| over the magnitude of what is expected, or over 1 where that is less; Infinity for a wrong NaN. */
  readonly error: number;
  /** Position, values: the first that is outside the tolerance. */
  readonly wrong?: { readonly at: number; readonly actual: number; readonly expected: number };
}

/** Holds a result against its float64 values. NaN equals NaN alone, and an infinity itself alone. */
export function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute, relative }: Tolerance,
): Comparison {
  let error = 0;
  let wrong: Comparison['wrong'];
  for (let at = 0; at < expected.length; at++) {
    const [a, e] = [actual[at], expected[at]];
    if (Object.is(a, e) || a === e) continue;
    const difference = Number.isFinite(e) && !Number.isNaN(a) ? Math.abs(a - e) : Number.POSITIVE_INFINITY;
    error = Math.max(error, Number.isFinite(difference) ? difference / Math.max(1, Math.abs(e)) : difference);
    if (!(difference <= absolute + relative * Math.abs(e))) wrong ??= { at, actual: a, expected: e };
  }
  return wrong ? { error, wrong } : { error };
}

const tight = { exact: 0, arithmetic: 1e-5, transcendental: 2e-5 };
/** A GPU's exp, log and tanh may be off by several units in the last place, which grow with the argument (WGSL 15.7.4). */
const gpu = { exact: 0, arithmetic: 1e-5, transcendental: 5e-4 };

/** What a case's precision means on a backend. */
export function toleranceOf({ precision, tolerance }: KernelCase, backend: string): Tolerance {
  if (tolerance) return tolerance;
  const each = (backend === 'webgl' || backend === 'webgpu' ? gpu : tight)[precision];
  return { absolute: each, relative: each };
}
