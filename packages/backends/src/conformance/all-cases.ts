import { activationCases } from './activation-cases';
import { binaryCases } from './binary-cases';
import { convolutionCases } from './convolution-cases';
import { depthwiseCases } from './depthwise-cases';
import { elementwiseCases } from './elementwise-cases';
import { fusedTailCases } from './fused-tail-cases';
import { indexingCases } from './indexing-cases';
import type { KernelCase } from './kernel-case';
import { lossCases } from './loss-cases';
import { matrixCases } from './matrix-cases';
import { movementCases } from './movement-cases';
import { normalizationCases } from './normalization-cases';
import { poolingCases } from './pooling-cases';
import { reductionCases } from './reduction-cases';
import { resizeCases } from './resize-cases';
import { rowCases } from './row-cases';
import { selectionCases } from './selection-cases';

/** Every case of the suite, in the order in which they are checked. */
export const kernelCases: readonly KernelCase[] = [
  ...convolutionCases,
  ...depthwiseCases,
  ...poolingCases,
  ...matrixCases,
  ...normalizationCases,
  ...elementwiseCases,
  ...activationCases,
  ...binaryCases,
  ...reductionCases,
  ...rowCases,
  ...fusedTailCases,
  ...lossCases,
  ...selectionCases,
  ...movementCases,
  ...indexingCases,
  ...resizeCases,
];
