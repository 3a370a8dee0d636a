import {
  add,
  GatherV2,
  type GatherV2Attrs,
  range,
  reshape,
  type Tensor,
  type Tensor1D,
  transpose,
  unsortedSegmentSum,
  util,
} from '@tensorflow/tfjs-core';
import type { GradientRepair } from '../kernel-repair';

/**
 * Gradient of `gather` with a batch of indices: the entries of all images are numbered through, and the gradients of those that
 * were taken more than once are summed. tfjs's own needs methods of tensors that only the package `@tensorflow/tfjs` adds.
 */
export const gatherGradient: GradientRepair = {
  kernel: GatherV2,
  faults: ['throws-if-batched'],
  replace: (stock) => (dy, saved, attributes) => {
    const { axis, batchDims = 0 } = attributes as unknown as Partial<GatherV2Attrs>;
    if (batchDims === 0) return stock(dy, saved, attributes);
    const [x, indices] = saved;
    const [along] = util.parseAxisParam(axis ?? 0, x.shape);
    const [batch, outer, inner] = [
      x.shape.slice(0, batchDims),
      x.shape.slice(batchDims, along),
      x.shape.slice(along + 1),
    ].map(util.sizeFromShape);
    const size = x.shape[along];
    const chosen = indices.size / batch;
    return {
      x() {
        const first = reshape(range(0, batch * size, size, 'int32'), [batch, 1]);
        const numbers = reshape(add(reshape(indices, [batch, chosen]), first), [-1]) as Tensor1D;
        const rows = transpose(reshape(dy as Tensor, [batch, outer, chosen, inner]), [0, 2, 1, 3]);
        const sums = unsortedSegmentSum(reshape(rows, [batch * chosen, outer, inner]), numbers, batch * size);
        return reshape(transpose(reshape(sums, [batch, size, outer, inner]), [0, 2, 1, 3]), x.shape);
      },
      indices: () => indices,
    };
  },
};
