import { convolutionCases } from './convolution-cases';
import { depthwiseCases } from './depthwise-cases';
import { elementwiseCases } from './elementwise-cases';
import type { KernelCase } from './kernel-case';
import { matrixCases } from './matrix-cases';
import { poolingCases } from './pooling-cases';

/** Every case of the suite, in the order in which they are checked. */
export const kernelCases: readonly KernelCase[] = [
  ...convolutionCases,
  ...depthwiseCases,
  ...poolingCases,
  ...matrixCases,
  ...elementwiseCases,
];
