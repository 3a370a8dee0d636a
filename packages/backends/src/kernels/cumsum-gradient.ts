import { Cumsum, type CumsumAttrs, cumsum, type Tensor } from '@tensorflow/tfjs-core';
import type { GradientRepair } from '../kernel-repair';

/** Gradient of a running sum: the running sum from the other end. tfjs's own comes out transposed unless the axis is the last. */
export const cumsumGradient: GradientRepair = {
  kernel: Cumsum,
  faults: ['transposed'],
  replace: () => (dy, _, attributes) => {
    const { axis, exclusive, reverse } = attributes as unknown as CumsumAttrs;
    return { x: () => cumsum(dy as Tensor, axis, exclusive, !reverse) };
  },
};
