import { cuttingCases } from './cutting-cases';
import { joiningCases } from './joining-cases';
import type { KernelCase } from './kernel-case';
import { paddingCases } from './padding-cases';
import { repeatingCases } from './repeating-cases';
import { spaceCases } from './space-cases';
import { turningCases } from './turning-cases';

/**
 * Kernels that move values without changing them: forward for every type that a kernel takes, on NaN and infinities, ranks 0
 * to 6 and empty tensors; gradients by the transposed map.
 */
export const movementCases: readonly KernelCase[] = [
  ...cuttingCases,
  ...joiningCases,
  ...paddingCases,
  ...turningCases,
  ...repeatingCases,
  ...spaceCases,
];
