import { backend_util, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type LoweredKernel, like, lowered, type Spec } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { identity, inner } from '../order';

const known = ({ dtype }: TensorInfo) => dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
const numeric = ({ dtype }: TensorInfo) => dtype === 'float32' || dtype === 'int32';
const filled = ({ shape }: TensorInfo) => !shape.includes(0);

/** The value without blocks unless it can be cut and padded along some axes as it lies. */
const uncut = (graph: Lowering, value: Value, axes: readonly number[]): Value =>
  axes.some((axis) => value.order.includes(inner(axis))) ? graph.unblocked(value) : value;

/** The same data with its axes in another order: nothing is moved. */
export const permuted = (x: Value, perm: readonly number[]): Value => ({
  ...x,
  shape: perm.map((axis) => x.shape[axis]),
  held: perm.map((axis) => x.held[axis]),
  order: x.order.map((axis) => perm.indexOf(axis)),
});

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

/** A value with more of the same before and after it along each axis. */
export function pad(
  graph: Lowering,
  x: Value,
  paddings: readonly (readonly [number, number])[],
  constant: number,
  shape: readonly number[],
): Value {
  const padded = identity(x.shape.length).filter((axis) => Math.max(...paddings[axis]) > 0);
  const value = graph.full(uncut(graph, x, padded));
  const pads = [0, 1].flatMap((side) => value.order.map((part) => (part < 0 ? 0 : paddings[part][side])));
  const name = graph.emitOnce('Pad', [value.name, graph.ints(pads), graph.scalar(constant, x.type)]);
  const [images, rows, columns, channels] = paddings;
  if (constant === 0 && paddings.length === 4 && Math.max(...images, ...channels) === 0) {
    graph.padded.set(name, { images: value, rows, columns });
  }
  return { ...value, name, shape, held: shape };
}

const paddedShape = (shape: readonly number[], paddings: readonly (readonly [number, number])[]) =>
  shape.map((length, axis) => length + paddings[axis][0] + paddings[axis][1]);

/** Where along an axis of some length its elements stand once it is continued by its own mirror image. */
function mirrored(length: number, [before, after]: readonly [number, number], edgeTwice: boolean): number[] {
  const twice = edgeTwice ? 1 : 0;
  return Array.from({ length: before + length + after }, (_, i) => {
    const at = i - before;
    if (at < 0) return -at - twice;
    return at < length ? at : 2 * (length - 1) - at + twice;
  });
}

/** The value backwards along some axes. */
function backwards(graph: Lowering, x: Value, axes: readonly number[]): Value {
  const value = graph.full(x);
  if (axes.length === 0) return value;
  const all = (each: number) => graph.ints(axes.map(() => each));
  const positions = graph.ints(axes.map((axis) => value.order.indexOf(axis)));
  return { ...value, name: graph.emitOnce('Slice', [value.name, all(-1), all(-(2 ** 31)), positions, all(-1)]) };
}

/** Values side by side along an axis, in the order of the largest. */
function concat(graph: Lowering, values: readonly Value[], axis: number, shape: readonly number[]): Value {
  const settled = values.map((each) => graph.settled(each));
  const order = settled.reduce((best, each) => (each.shape[axis] > best.shape[axis] ? each : best)).order;
  const names = settled.map((each) => graph.in(order, each));
  return graph.laid(graph.emit('Concat', names, { axis: order.indexOf(axis) }), shape, values[0].type, order);
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

const inputsOf = (inputs: Readonly<Record<string, TensorInfo>>) => Object.values(inputs);

export const movementKernels: readonly LoweredKernel[] = [
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
  lowered<{ axis: number }>({
    kernel: 'Concat',
    takes: (inputs) => inputsOf(inputs).every((each) => known(each) && each.dtype === inputsOf(inputs)[0].dtype),
    infer(inputs, { axis }) {
      const all = inputsOf(inputs);
      const [at] = util.parseAxisParam(axis, all[0].shape);
      backend_util.assertParamsConsistent(
        all.map(({ shape }) => shape),
        at,
      );
      return {
        shape: backend_util.computeOutShape(
          all.map(({ shape }) => shape),
          at,
        ),
        dtype: all[0].dtype as Spec['dtype'],
      };
    },
    lower(graph, values, { axis }, [{ shape }]) {
      const [at] = util.parseAxisParam(axis, shape);
      const full = Object.values(values).filter((each) => !each.shape.includes(0));
      if (full.length === 0) return graph.filled(0, shape, Object.values(values)[0].type);
      return concat(graph, full, at, shape);
    },
  }),
  lowered<{ axis: number }>({
    kernel: 'Pack',
    takes: (inputs) =>
      inputsOf(inputs).every((each) => known(each) && filled(each) && each.dtype === inputsOf(inputs)[0].dtype),
    infer(inputs, { axis }) {
      const all = inputsOf(inputs);
      for (const { shape } of all) util.assertShapesMatch(all[0].shape, shape, 'stack: every shape must be the same: ');
      const at = axis < 0 ? axis + all[0].shape.length + 1 : axis;
      return { shape: all[0].shape.toSpliced(at, 0, all.length), dtype: all[0].dtype as Spec['dtype'] };
    },
    lower(graph, values, { axis }, [{ shape }]) {
      const at = axis < 0 ? axis + shape.length : axis;
      const each = Object.values(values).map((value) => graph.reshape(value, value.shape.toSpliced(at, 0, 1)));
      return concat(graph, each, at, shape);
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
  lowered<{ paddings: [number, number][]; constantValue: number }>({
    kernel: 'PadV2',
    blocked: true,
    takes: ({ x }, { paddings }) => numeric(x) && filled(x) && paddings.flat().every((each) => each >= 0),
    infer: ({ x }, { paddings }) => ({ ...like(x), shape: paddedShape(x.shape, paddings) }),
    lower: (graph, { x }, { paddings, constantValue }, [{ shape }]) => pad(graph, x, paddings, constantValue, shape),
  }),
  lowered<{ paddings: [number, number][]; mode: 'reflect' | 'symmetric' }>({
    kernel: 'MirrorPad',
    takes: ({ x }) => known(x) && filled(x),
    infer: ({ x }, { paddings }) => ({ ...like(x), shape: paddedShape(x.shape, paddings) }),
    lower(graph, { x }, { paddings, mode }, [{ shape }]) {
      const value = graph.full(x);
      const name = value.order.reduce((from, axis, position) => {
        if (shape[axis] === x.shape[axis]) return from;
        const at = graph.ints(mirrored(x.shape[axis], paddings[axis], mode === 'symmetric'));
        return graph.emit('Gather', [from, at], { axis: position });
      }, value.name);
      return { ...value, name, shape, held: shape };
    },
  }),
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
  lowered<{ shape: number[]; value: number; dtype: Spec['dtype'] }>({
    kernel: 'Fill',
    takes: (_, { value }) => typeof value === 'number',
    infer: (_, { shape, dtype }) => ({ shape, dtype: dtype ?? 'float32' }),
    lower: (graph, _, { value }, [{ shape, dtype }]) => graph.filled(value, shape, dtype),
  }),
];
