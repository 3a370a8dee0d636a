import type { KernelRepair } from '../../kernel-repair';
import { argExtremes } from './arg-extreme';
import { convolutions } from './convolution';
import { exponentials } from './exponential';
import { gather } from './gather';
import { localResponses } from './local-response';
import { otherTypes } from './other-types';
import { poolings } from './pooling';
import { prelu } from './prelu';
import { resizeGradients } from './resize-gradients';
import { rotateWithOffset } from './rotate-with-offset';
import { transform } from './transform';
import { wholeNumbers } from './whole-numbers';

/** What tfjs-node lacks or refuses, or TensorFlow has otherwise than the other backends. */
export const tensorflowRepairs: readonly KernelRepair[] = [
  ...convolutions,
  ...poolings,
  ...localResponses,
  ...resizeGradients,
  ...otherTypes,
  ...argExtremes,
  ...exponentials,
  ...wholeNumbers,
  gather,
  prelu,
  rotateWithOffset,
  transform,
];
