import { util } from '@tensorflow/tfjs-core';
import { type LoweredKernel, like, lowered, type Spec } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { filled, known } from './tensor-kinds';

/** The same data with its axes in another order: nothing is moved. */
export const permuted = (x: Value, perm: readonly number[]): Value => ({
  ...x,
  shape: perm.map((axis) => x.shape[axis]),
  held: perm.map((axis) => x.held[axis]),
  order: x.order.map((axis) => perm.indexOf(axis)),
});

/** The value backwards along some axes. */
function backwards(graph: Lowering, x: Value, axes: readonly number[]): Value {
  const value = graph.full(x);
  if (axes.length === 0) return value;
  const all = (each: number) => graph.ints(axes.map(() => each));
  const positions = graph.ints(axes.map((axis) => value.order.indexOf(axis)));
  return { ...value, name: graph.emitOnce('Slice', [value.name, all(-1), all(-(2 ** 31)), positions, all(-1)]) };
}

/** Kernels that turn a tensor about its axes. */
export const turningKernels: readonly LoweredKernel[] = [
  lowered<{ dims: number | number[] }>({
    kernel: 'Reverse',
    takes: ({ x }) => known(x) && filled(x),
    infer({ x }, { dims }) {
      util.parseAxisParam(dims, x.shape);
      return like(x);
    },
    lower: (graph, { x }, { dims }) => backwards(graph, x, util.parseAxisParam(dims, x.shape as number[])),
  }),
  lowered({
    kernel: 'FlipLeftRight',
    takes: ({ image }) => known(image) && filled(image),
    infer: ({ image }) => like(image),
    lower: (graph, { image }) => backwards(graph, image, [2]),
  }),
  lowered<{ perm: number[] }>({
    kernel: 'Transpose',
    takes: ({ x }) => known(x),
    infer: ({ x }, { perm }) => ({ shape: perm.map((axis) => x.shape[axis]), dtype: x.dtype as Spec['dtype'] }),
    lower: (_, { x }, { perm }) => permuted(x, perm),
  }),
];
