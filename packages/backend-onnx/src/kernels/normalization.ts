import { elementwise } from '../elementwise';
import { type LoweredKernel, lowered } from '../lowered-kernel';
import { addedInBlocks, multipliedInBlocks } from './blocked-convolution';

export const normalizationKernels: readonly LoweredKernel[] = [
  lowered<{ varianceEpsilon: number }>({
    kernel: 'FusedBatchNorm',
    blocked: true,
    takes: ({ x }) => x.dtype === 'float32' && !x.shape.includes(0),
    infer: ({ x }) => ({ shape: x.shape, dtype: 'float32' }),
    lower(graph, { x, mean, variance, offset, scale }, { varianceEpsilon }) {
      // x a + (offset - mean a) with a = scale / sqrt(variance + eps): two passes over x, and both constant where weights are;
      // none where a convolution can do it.
      const deviation = elementwise(graph, [variance], variance.shape, 'float32', ([v]) =>
        graph.emit('Sqrt', [graph.emit('Add', [v, graph.scalar(varianceEpsilon)])]),
      );
      const factor = elementwise(graph, scale ? [scale, deviation] : [deviation], variance.shape, 'float32', (names) =>
        scale ? graph.emit('Div', names) : graph.emit('Reciprocal', names),
      );
      const shift = elementwise(
        graph,
        offset ? [mean, factor, offset] : [mean, factor],
        mean.shape,
        'float32',
        ([m, a, o]) => {
          const moved = graph.emit('Mul', [m, a]);
          return o ? graph.emit('Sub', [o, moved]) : graph.emit('Neg', [moved]);
        },
      );
      const multiplied = multipliedInBlocks(graph, x, factor);
      const added = multiplied && addedInBlocks(graph, multiplied, shift);
      if (added) return added;
      return elementwise(graph, [x, factor, shift], x.shape, 'float32', ([value, a, b]) =>
        graph.emit('Add', [graph.emit('Mul', [value, a]), b]),
      );
    },
  }),
];
