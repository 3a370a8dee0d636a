import {
  BatchMatMul,
  broadcast_util,
  Maximum,
  Minimum,
  reshape,
  SquaredDifference,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { GradientRepair } from '../kernel-repair';

/** The gradient of an operand that was repeated along some axes is the sum along them, which tfjs's own leaves out and throws. */
const broadcastGradient = (kernel: string): GradientRepair => ({
  kernel,
  faults: ['no-gradient-if-broadcast'],
  replace: (stock) => (dy, saved, attributes) => {
    const { a, b } = stock(dy, saved, attributes);
    return { a: () => summedTo(a() as Tensor, saved[0].shape), b: () => summedTo(b() as Tensor, saved[1].shape) };
  },
});

/** A gradient in the shape of the result, in that of an operand. */
export function summedTo(gradient: Tensor, shape: number[]): Tensor {
  const axes = broadcast_util.getReductionAxes(shape, gradient.shape);
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, shape);
}

export const broadcastGradients = [BatchMatMul, Maximum, Minimum, SquaredDifference].map(broadcastGradient);
