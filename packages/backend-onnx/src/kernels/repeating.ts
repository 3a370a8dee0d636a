import { type LoweredKernel, lowered, type Spec } from '../lowered-kernel';
import { filled, known } from './tensor-kinds';

/** Kernels that repeat what they are given. */
export const repeatingKernels: readonly LoweredKernel[] = [
  lowered<{ reps: number[] }>({
    kernel: 'Tile',
    takes: ({ x }, { reps }) => known(x) && filled(x) && !reps.includes(0),
    infer: ({ x }, { reps }) => ({
      shape: x.shape.map((length, axis) => length * reps[axis]),
      dtype: x.dtype as Spec['dtype'],
    }),
    lower(graph, { x }, { reps }, [{ shape }]) {
      if (reps.every((times, axis) => times === 1 || x.shape[axis] === 1)) return { ...x, shape };
      const value = graph.full(x);
      const times = graph.ints(value.order.map((axis) => reps[axis]));
      return { ...value, name: graph.emit('Tile', [value.name, times]), shape, held: shape };
    },
  }),
  lowered<{ shape: number[] }>({
    kernel: 'BroadcastTo',
    takes: ({ x }) => known(x),
    infer: ({ x }, { shape }) => ({ shape, dtype: x.dtype as Spec['dtype'] }),
    lower(graph, { x }, { shape }) {
      if (shape.includes(0)) return graph.filled(0, shape, x.type);
      const wide = graph.reshape(x, [...new Array(shape.length - x.shape.length).fill(1), ...x.shape]);
      return { ...wide, shape };
    },
  }),
  lowered<{ shape: number[]; value: number; dtype: Spec['dtype'] }>({
    kernel: 'Fill',
    takes: (_, { value }) => typeof value === 'number',
    infer: (_, { shape, dtype }) => ({ shape, dtype: dtype ?? 'float32' }),
    lower: (graph, _, { value }, [{ shape, dtype }]) => graph.filled(value, shape, dtype),
  }),
];
