import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * How near a result must come to its value in float64: `exact` to the bit (comparisons, copies, indices), `rounded` to a few
 * roundings of each number (products, quotients, roots), however small it is, `arithmetic` to float32's rounding of sums of
 * numbers near 1, `transcendental` to a backend's own approximation of exp, log, tanh, erf, ..., however small the result is.
 */
export type Precision = 'exact' | 'rounded' | 'arithmetic' | 'transcendental';

/** One computation and its answer, or that it has none. */
export interface KernelCase {
  /** The kernel that is under test, by its tfjs name: `Conv2DBackpropFilter`. It must run within `compute`. */
  readonly kernel: string;
  /** `gradient`: of tfjs's composition of kernels that differentiates this one, where that has no kernel of its own. */
  readonly of: 'forward' | 'gradient';
  /** What is special about it: `stride 2, same`, `all negative`, `NaN`. One of its own within kernel and `of`. */
  readonly name: string;
  /** Runs within a tidy. Makes its own inputs, so that nothing is left between cases. */
  compute(): Tensor;
  /** Shape and type that the result must have. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  /** In float64, row-major; computed when it is asked for. NaN and infinities stand for themselves. */
  expected(): ArrayLike<number>;
  readonly precision: Precision;
  /** It has no answer: to compute it, or to read the result, must throw, and the next case must run. */
  readonly refused?: true;
  /**
   * For each number the size of the terms that it is a sum or difference of, where they may cancel: its error is relative to
   * them, where they are larger than it.
   */
  terms?(): ArrayLike<number>;
  /** In place of what `precision` means on the backend: |actual - expected| <= absolute + relative max(|expected|, terms). */
  readonly tolerance?: { readonly absolute: number; readonly relative: number };
}
