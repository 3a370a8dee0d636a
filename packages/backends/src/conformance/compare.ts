import type { KernelCase, Precision } from './kernel-case';

/** |actual - expected| <= absolute + relative max(|expected|, terms), the {@link KernelCase.terms} being 0 where there are none. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export interface Comparison {
  /**
   * The largest |actual - expected| over what the tolerance is relative to (over 1 where that is less and the tolerance has an
   * absolute part); Infinity for a wrong NaN or infinity.
   */
  readonly error: number;
  /** Position, values: the first that is outside the tolerance. */
  readonly wrong?: { readonly at: number; readonly actual: number; readonly expected: number };
}

/** The least float32 with all its digits. */
const smallestNormal = 2 ** -126;

/**
 * Holds a result against its float64 values. NaN equals NaN alone, and an infinity itself alone. What is below the smallest
 * normal number may be 0, or any other such number, unless the tolerance is 0.
 */
export function compare(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute, relative }: Tolerance,
  terms?: ArrayLike<number>,
): Comparison {
  const flushed = relative > 0 ? smallestNormal * (1 + relative) : 0;
  let error = 0;
  let wrong: Comparison['wrong'];
  for (let at = 0; at < expected.length; at++) {
    const [a, e] = [actual[at], expected[at]];
    if (Object.is(a, e) || a === e) continue;
    if (Math.abs(a) <= flushed && Math.abs(e) <= flushed) continue;
    const size = Math.max(Math.abs(e), terms?.[at] ?? 0);
    const difference = Math.abs(a - e);
    const measured = Number.isFinite(difference);
    error = Math.max(error, measured ? difference / Math.max(size, Math.sign(absolute)) : Number.POSITIVE_INFINITY);
    if (!(measured && difference <= absolute + relative * size)) wrong ??= { at, actual: a, expected: e };
  }
  return wrong ? { error, wrong } : { error };
}

/**
 * What each precision means. `transcendental` is relative however small the result is, since a function whose tail rounds to 0
 * leaves a confident classifier without a gradient. exp(x) leaves float32 at |x| = 88, where an argument that is rounded moves
 * it by 88 * 2^-24 = 5e-6: 2e-5 leaves room for three such roundings (a softmax subtracts the largest, and the logarithm of a
 * sum, from arguments that were rounded themselves) and the few units in the last place that a well-made exp, log or tanh has.
 */
const tight: Readonly<Record<Precision, Tolerance>> = {
  exact: { absolute: 0, relative: 0 },
  rounded: { absolute: 0, relative: 2 ** -20 },
  arithmetic: { absolute: 1e-5, relative: 1e-5 },
  transcendental: { absolute: 0, relative: 2e-5 },
};
/**
 * A GPU's exp, log and tanh may be off by several units in the last place, which grow with the argument, and so are the powers
 * and roots that it makes of them (WGSL 15.7.4).
 */
const gpu: typeof tight = {
  ...tight,
  rounded: { absolute: 0, relative: 2e-5 },
  transcendental: { absolute: 0, relative: 5e-4 },
};

/** What a case's precision means on a backend. */
export function toleranceOf({ precision, tolerance }: KernelCase, backend: string): Tolerance {
  return tolerance ?? (backend === 'webgl' || backend === 'webgpu' ? gpu : tight)[precision];
}
