import {
  Cumprod,
  Cumsum,
  concat,
  cumprod,
  cumsum,
  fill,
  grad,
  mul,
  ones,
  reshape,
  tensor2d,
} from '@tensorflow/tfjs-core';
import type { Inputs, StockFault } from '../stock-fault';

/** Of sums and products along an axis. */
export const ofRunningSums: readonly StockFault[] = [
  ...[Cumsum, Cumprod].map(
    (kernel): StockFault => ({
      kernel,
      fault: 'wrong-if-reversed',
      says: 'from the end of one axis stops where another axis ended that came first',
      concerns: ({ attributes }) => attributes.reverse === true,
      // Two lengths, one of which at least is not that which came first.
      compute() {
        const run = (x: ReturnType<typeof fill>) => (kernel === Cumsum ? cumsum : cumprod)(x, 1, false, true);
        return concat([2, 3].map((length) => reshape(run(fill([2, length], 2)), [-1])));
      },
      right: kernel === Cumsum ? [4, 2, 4, 2, 6, 4, 2, 6, 4, 2] : [4, 2, 4, 2, 8, 4, 2, 8, 4, 2],
    }),
  ),
  {
    kernel: Cumsum,
    of: 'gradient',
    fault: 'transposed',
    says: 'comes out transposed unless the sum runs along the last axis',
    concerns({ inputs, attributes }) {
      const { x } = inputs as Inputs<'x'>;
      return attributes.axis !== x.shape.length - 1;
    },
    compute: () => grad((x) => mul(cumsum(x, 0), tensor2d([1, 2, 3, 4], [2, 2])))(ones([2, 2])),
    right: [4, 6, 3, 4],
  },
];
