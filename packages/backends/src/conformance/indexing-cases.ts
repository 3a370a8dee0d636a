import { gatherCases } from './gather-cases';
import type { KernelCase } from './kernel-case';
import { scatterCases } from './scatter-cases';

/** Kernels that read or write by index. Indices are within range: what lies outside is an error here and undefined there. */
export const indexingCases: readonly KernelCase[] = [...gatherCases, ...scatterCases];
