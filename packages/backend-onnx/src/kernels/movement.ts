import type { LoweredKernel } from '../lowered-kernel';
import { cuttingKernels } from './cutting';
import { joiningKernels } from './joining';
import { paddingKernels } from './padding';
import { repeatingKernels } from './repeating';
import { turningKernels } from './turning';

/** Kernels that move values without changing them. */
export const movementKernels: readonly LoweredKernel[] = [
  ...cuttingKernels,
  ...joiningKernels,
  ...paddingKernels,
  ...turningKernels,
  ...repeatingKernels,
];
