import { arrayOf, checkOptions, ensureGradients, fn, lookUp, runRules, step, string } from '@agoge/core';
import { getBackend, getKernel } from '@tensorflow/tfjs-core';
import { kernelCases } from './all-cases';
import { checkCase } from './check-case';
import type { KernelCase } from './kernel-case';

/** One case that a backend gets wrong. */
export interface KernelFailure {
  /** Of what, and which case: as in {@link KernelCase}. */
  readonly of: KernelCase['of'];
  readonly name: string;
  /** `[0, 1, 2] is 0.25, not 0.5`, or what was thrown. */
  readonly message: string;
}

/** What the cases of one kernel found. */
export interface KernelReport {
  readonly kernel: string;
  /** How many cases ran. */
  readonly cases: number;
  /**
   * The worst of any case: |actual - expected| over |expected|, or over 1 or the terms that a sum is made of where it is one;
   * Infinity for a wrong NaN or infinity.
   */
  readonly error: number;
  /** `missing`: not registered on the backend. */
  readonly verdict: 'conforms' | 'faulty' | 'missing';
  readonly failures: readonly KernelFailure[];
}

export interface CheckKernelsOptions {
  /** By their tfjs names, `['MaxPoolGrad']`; default: all that the suite has cases of. */
  kernels?: readonly string[];
  /** Told of each kernel when its cases have run; the next one waits for what it returns. */
  onKernel?(report: KernelReport): void | Promise<void>;
  /** Ends the check before the next kernel, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Runs the conformance suite on the current backend: forward and gradient of every kernel that a CNN, an attack or a trainer
 * of Agoge uses, each result held against its float64 values ({@link kernelCases}).
 *
 * A case fails whose result is outside the tolerance of its precision, or of another shape or type; that throws; that does
 * not run the kernel that it is about; or that leaves tensors behind. The event loop turns between kernels.
 *
 * @returns a report per kernel, in the suite's order
 * @throws TypeError for an unknown option or kernel
 * @example
 * await useBackend('wasm');
 * const reports = await checkKernels({ kernels: ['MaxPoolGrad'] });
 * reports[0].verdict; // 'conforms'
 */
export async function checkKernels(options: CheckKernelsOptions = {}): Promise<KernelReport[]> {
  checkOptions('checkKernels', options, { kernels: arrayOf(string), onKernel: fn, signal: runRules.signal });
  return checkCases(kernelCases, options);
}

/** {@link checkKernels} of other cases than the suite's. */
export async function checkCases(
  cases: readonly KernelCase[],
  { kernels, onKernel, signal }: CheckKernelsOptions = {},
): Promise<KernelReport[]> {
  const chosen = casesByKernel(kernels, cases);
  await ensureGradients();
  const reports: KernelReport[] = [];
  for (const [kernel, group] of chosen) {
    await step({ signal });
    const report = await checkKernel(kernel, group);
    reports.push(report);
    await onKernel?.(report);
  }
  return reports;
}

/** The cases of each kernel, or of those that are asked for; a TypeError for one without. */
export function casesByKernel(
  kernels: readonly string[] | undefined,
  cases: readonly KernelCase[] = kernelCases,
): Map<string, KernelCase[]> {
  const names = [...new Set(cases.map(({ kernel }) => kernel))];
  const byKernel = Object.fromEntries(names.map((name) => [name, cases.filter(({ kernel }) => kernel === name)]));
  return new Map((kernels ?? names).map((name) => [name, lookUp('checkKernels', 'kernel', name, byKernel)]));
}

async function checkKernel(kernel: string, cases: readonly KernelCase[]): Promise<KernelReport> {
  const failures: KernelFailure[] = [];
  let error = 0;
  for (const each of cases) {
    const outcome = await checkCase(each);
    error = Math.max(error, outcome.error);
    if (outcome.fault !== undefined) failures.push({ of: each.of, name: each.name, message: outcome.fault });
  }
  const faulty = failures.length > 0 ? 'faulty' : 'conforms';
  return {
    kernel,
    cases: cases.length,
    error,
    verdict: getKernel(kernel, getBackend()) ? faulty : 'missing',
    failures,
  };
}
