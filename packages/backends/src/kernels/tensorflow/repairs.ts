import type { KernelRepair } from '../../kernel-repair';
import { convolutions } from './convolution';
import { gather } from './gather';
import { otherTypes } from './other-types';
import { poolings } from './pooling';
import { prelu } from './prelu';

/** What tfjs-node refuses, or TensorFlow has otherwise than the other backends. */
export const tensorflowRepairs: readonly KernelRepair[] = [...convolutions, ...poolings, gather, prelu, ...otherTypes];
