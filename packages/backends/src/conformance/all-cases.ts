import type { KernelCase } from './kernel-case';

/** Every case of the suite, in the order in which they are checked. */
export const kernelCases: readonly KernelCase[] = [];
