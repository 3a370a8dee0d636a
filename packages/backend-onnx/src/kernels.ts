import { binaryKernels } from './kernels/binary';
import { convolutionKernels } from './kernels/convolution';
import { depthwiseKernels } from './kernels/depthwise';
import { indexingKernels } from './kernels/indexing';
import { matrixKernels } from './kernels/matrix';
import { movementKernels } from './kernels/movement';
import { normalizationKernels } from './kernels/normalization';
import { poolingKernels } from './kernels/pooling';
import { reductionKernels } from './kernels/reduction';
import { resizeKernels } from './kernels/resize';
import { unaryKernels } from './kernels/unary';
import type { LoweredKernel } from './lowered-kernel';

export const kernels: readonly LoweredKernel[] = [
  ...binaryKernels,
  ...convolutionKernels,
  ...depthwiseKernels,
  ...indexingKernels,
  ...matrixKernels,
  ...movementKernels,
  ...normalizationKernels,
  ...poolingKernels,
  ...reductionKernels,
  ...resizeKernels,
  ...unaryKernels,
];
