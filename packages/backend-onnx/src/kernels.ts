import { binaryKernels } from './kernels/binary';
import { convolutionKernels } from './kernels/convolution';
import { cumulativeKernels } from './kernels/cumulative';
import { depthwiseKernels } from './kernels/depthwise';
import { indexingKernels } from './kernels/indexing';
import { matrixKernels } from './kernels/matrix';
import { movementKernels } from './kernels/movement';
import { normalizationKernels } from './kernels/normalization';
import { poolingKernels } from './kernels/pooling';
import { reductionKernels } from './kernels/reduction';
import { resizeKernels } from './kernels/resize';
import { spaceKernels } from './kernels/space';
import { unaryKernels } from './kernels/unary';
import type { LoweredKernel } from './lowered-kernel';

export const kernels: readonly LoweredKernel[] = [
  ...binaryKernels,
  ...convolutionKernels,
  ...cumulativeKernels,
  ...depthwiseKernels,
  ...indexingKernels,
  ...matrixKernels,
  ...movementKernels,
  ...normalizationKernels,
  ...poolingKernels,
  ...reductionKernels,
  ...resizeKernels,
  ...spaceKernels,
  ...unaryKernels,
];
