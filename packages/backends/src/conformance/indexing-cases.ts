import { gatherCases } from './gather-cases';
import type { KernelCase } from './kernel-case';
import { scatterCases } from './scatter-cases';

/** Kernels that read or write by index. One outside is an error; GPUs, which would have to wait for that, read or write elsewhere. */
export const indexingCases: readonly KernelCase[] = [...gatherCases, ...scatterCases];
