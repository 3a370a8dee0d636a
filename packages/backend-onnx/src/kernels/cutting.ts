import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import { type LoweredKernel, like, lowered, type Spec } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { identity, inner } from '../order';
import { filled, known } from './tensor-kinds';

/** The value without blocks unless it can be cut and padded along some axes as it lies. */
export const uncut = (graph: Lowering, value: Value, axes: readonly number[]): Value =>
  axes.some((axis) => value.order.includes(inner(axis))) ? graph.unblocked(value) : value;

/** A part of a value: `begin` to `end` by `step` along each axis, in the order in which it lies. */
export function cut(
  graph: Lowering,
  x: Value,
  begin: number[],
  end: number[],
  steps: number[],
  shape: readonly number[],
): Value {
  const axes = identity(x.shape.length).filter(
    (axis) => begin[axis] !== 0 || end[axis] !== x.shape[axis] || steps[axis] !== 1,
  );
  const value = graph.full(uncut(graph, x, axes));
  if (axes.length === 0) return value;
  const of = (each: number[]) => graph.ints(axes.map((axis) => each[axis]));
  const name = graph.emitOnce('Slice', [
    value.name,
    of(begin),
    of(end),
    graph.ints(axes.map((axis) => value.order.indexOf(axis))),
    of(steps),
  ]);
  return { ...value, name, shape, held: shape };
}

interface StridedSliceAttributes {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

const strided = (shape: readonly number[], attributes: StridedSliceAttributes) => {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  return slice_util.sliceInfo(
    [...shape],
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
};

/** Kernels that take parts of a tensor. */
export const cuttingKernels: readonly LoweredKernel[] = [
  lowered<{ begin: number | number[]; size?: number | number[] }>({
    kernel: 'Slice',
    blocked: true,
    takes: ({ x }) => known(x) && filled(x),
    infer({ x }, { begin, size }) {
      const [from, shape] = slice_util.parseSliceParams(x, begin, size);
      slice_util.assertParamsValid(x, from, shape);
      return { shape, dtype: x.dtype as Spec['dtype'] };
    },
    lower(graph, { x }, { begin, size }, [{ shape }]) {
      const [from, lengths] = slice_util.parseSliceParams({ shape: x.shape } as never, begin, size);
      if (shape.includes(0)) return graph.filled(0, shape, x.type);
      return cut(
        graph,
        x,
        from,
        from.map((each, axis) => each + lengths[axis]),
        from.map(() => 1),
        shape,
      );
    },
  }),
  lowered<StridedSliceAttributes>({
    kernel: 'StridedSlice',
    takes: ({ x }) => known(x) && filled(x),
    infer: ({ x }, attributes) => ({ ...like(x), shape: strided(x.shape, attributes).finalShape }),
    lower(graph, { x }, attributes, [{ shape }]) {
      const { begin, end, strides, finalShapeSparse } = strided(x.shape, attributes);
      if (shape.includes(0)) return graph.filled(0, shape, x.type);
      // Backwards past the first element: a negative end would count from the last.
      const until = end.map((each, axis) => (strides[axis] < 0 && each < 0 ? -(2 ** 31) : each));
      return graph.reshape(cut(graph, x, begin, until, strides, finalShapeSparse), shape);
    },
  }),
  lowered<{ numOrSizeSplits: number | number[]; axis: number }>({
    kernel: 'SplitV',
    takes: ({ x }) => known(x) && filled(x),
    infer({ x }, { numOrSizeSplits, axis }) {
      const [at] = util.parseAxisParam(axis, x.shape);
      return backend_util
        .prepareSplitSize(x as never, numOrSizeSplits, at)
        .map((length) => ({ ...like(x), shape: x.shape.with(at, length) }));
    },
    lower(graph, { x }, { axis }, results) {
      const [at] = util.parseAxisParam(axis, x.shape as number[]);
      let from = 0;
      return results.map(({ shape }) => {
        const begin = x.shape.map((_, each) => (each === at ? from : 0));
        from += shape[at];
        const end = x.shape.map((length, each) => (each === at ? from : length));
        if (shape.includes(0)) return graph.filled(0, shape, x.type);
        return cut(
          graph,
          x,
          begin,
          end,
          x.shape.map(() => 1),
          shape,
        );
      });
    },
  }),
  lowered<{ axis: number }>({
    kernel: 'Unpack',
    takes: ({ value }) => known(value) && filled(value),
    infer({ value }, { axis }) {
      const [at] = util.parseAxisParam(axis, value.shape);
      return Array.from({ length: value.shape[at] }, () => ({ ...like(value), shape: value.shape.toSpliced(at, 1) }));
    },
    lower(graph, { value }, { axis }, results) {
      const [at] = util.parseAxisParam(axis, value.shape as number[]);
      const steps = value.shape.map(() => 1);
      return results.map(({ shape }, i) => {
        const end = value.shape.map((length, each) => (each === at ? i + 1 : length));
        const begin = value.shape.map((_, each) => (each === at ? i : 0));
        return graph.reshape(cut(graph, value, begin, end, steps, value.shape.with(at, 1)), shape);
      });
    },
  }),
];
