import { backend_util, util } from '@tensorflow/tfjs-core';
import { type LoweredKernel, like, lowered, type Spec } from '../lowered-kernel';
import { type Lowering, size, type Value } from '../lowering';
import type { ElementType } from '../model-proto';
import { identity, inner, isBlocked, lengthsIn } from '../order';

interface ReductionAttributes {
  axis?: number | number[];
  /** What `Max` alone calls its axes. */
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

/** Where the axes of a value come to stand once some are reduced away. */
function without(value: Value, axes: readonly number[]): Pick<Value, 'shape' | 'order' | 'held'> {
  const left = identity(value.shape.length).filter((axis) => !axes.includes(axis));
  return {
    shape: left.map((axis) => value.shape[axis]),
    held: left.map((axis) => value.held[axis]),
    order: value.order.flatMap((part) => {
      const axis = left.indexOf(part < 0 ? inner(part) : part);
      return axis < 0 ? [] : [part < 0 ? inner(axis) : axis];
    }),
  };
}

/** How a kernel reduces. */
interface Rule {
  kernel: string;
  dtypes: readonly string[];
  result?: Spec['dtype'];
  /** What the reduction of nothing is. */
  ofNothing?: number;
  /** Reduces axes of a tensor in the graph, which it keeps with length 1. */
  emit(graph: Lowering, name: string, axes: readonly number[], type: ElementType, lengths: readonly number[]): string;
  /** Corrects a result for axes that were held once; without it they are written out first. */
  repeated?(graph: Lowering, name: string, count: number, type: ElementType): string;
  /** Whether axes may be reduced one group after another, as those of blocks are. */
  divisible?: boolean;
}

const operator =
  (op: string): Rule['emit'] =>
  (graph, name, axes) =>
    graph.emit(op, [name, graph.ints(axes)], { keepdims: 1, noop_with_empty_axes: 1 });

/** What the runtime adds up one after another before the sums are added up in turn. */
const longestSum = 4096;

/** A sum or mean in stages, since float32 loses digits over long ones: along the innermost axes, in pieces, then the rest. */
const inStages =
  (op: string): Rule['emit'] =>
  (graph, name, axes, type, lengths) => {
    const stage = (from: string, over: readonly number[]) => operator(op)(graph, from, over, type, lengths);
    if (size(axes.map((axis) => lengths[axis])) <= longestSum) return stage(name, axes);
    const inner = axes.filter((axis, i) => axes.length - i === lengths.length - axis);
    if (inner.length === 0 || inner.length === axes.length)
      return stage(inPieces(graph, name, axes, lengths, op), axes);
    return stage(
      stage(name, inner),
      axes.filter((axis) => !inner.includes(axis)),
    );
  };

/** Axes that stand together at once, the innermost first, so long as sums do not grow long: for blocks the runtime is slow else. */
const groupwise = (
  graph: Lowering,
  name: string,
  axes: readonly number[],
  type: ElementType,
  lengths: readonly number[],
  emit: Rule['emit'],
): string => {
  let group: number[] = [];
  let reduced = name;
  for (const axis of [...axes].reverse()) {
    const joins = group[0] === axis + 1 && size([axis, ...group].map((each) => lengths[each])) <= longestSum;
    if (group.length > 0 && !joins) {
      reduced = emit(graph, reduced, group, type, lengths);
      group = [];
    }
    group.unshift(axis);
  }
  return emit(graph, reduced, group, type, lengths);
};

/** All of the innermost axes reduced in pieces of about the square root of their number. */
function inPieces(
  graph: Lowering,
  name: string,
  axes: readonly number[],
  lengths: readonly number[],
  op: string,
): string {
  const first = axes[0];
  const isInnermost = axes.every((axis, i) => axis === first + i) && axes.length === lengths.length - first;
  if (!isInnermost) return name;
  const count = size(axes.map((axis) => lengths[axis]));
  const piece = identity(Math.ceil(Math.sqrt(count)) + 1).findLast((each) => each > 0 && count % each === 0) ?? 1;
  const outer = lengths.slice(0, first);
  const cut = graph.emit('Reshape', [name, graph.ints([...outer, count / piece, piece])]);
  const sums = operator(op)(graph, cut, [first + 1], 'float32', []);
  return graph.emit('Reshape', [sums, graph.ints([...outer, count / piece, ...axes.slice(1).map(() => 1)])]);
}

/** A maximum or minimum that is NaN where one of its numbers is, which the runtime's is not. */
const keepingNan =
  (op: string): Rule['emit'] =>
  (graph, name, axes, type, lengths) => {
    const extreme = operator(op)(graph, name, axes, type, lengths);
    if (type !== 'float32') return extreme;
    const marks = graph.emit('Cast', [graph.emit('IsNaN', [name])], { to: 6 });
    const marked = operator('ReduceMax')(graph, marks, axes, 'int32', lengths);
    const any = graph.emit('Greater', [marked, graph.scalar(0, 'int32')]);
    return graph.emit('Where', [any, graph.scalar(Number.NaN), extreme]);
  };

const throughIntegers =
  (op: string): Rule['emit'] =>
  (graph, name, axes) => {
    const numbers = graph.emit('Cast', [name], { to: 6 });
    return graph.emit('Cast', [operator(op)(graph, numbers, axes, 'int32', [])], { to: 9 });
  };

function reduction({ kernel, dtypes, result, ofNothing, emit, repeated, divisible }: Rule): LoweredKernel {
  const axesOf = ({ axis, reductionIndices }: ReductionAttributes, shape: readonly number[]) =>
    util.parseAxisParam(axis ?? reductionIndices ?? [...identity(shape.length)], shape as number[]);
  return lowered<ReductionAttributes>({
    kernel,
    blocked: divisible,
    takes: ({ x }) => dtypes.includes(x.dtype) && (ofNothing !== undefined || !x.shape.includes(0)),
    infer({ x }, attributes) {
      const axes = axesOf(attributes, x.shape);
      const [kept] = backend_util.computeOutAndReduceShapes(x.shape, axes);
      const shape = attributes.keepDims ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
      return { shape, dtype: result ?? (x.dtype as Spec['dtype']) };
    },
    lower(graph, { x }, attributes, [{ shape, dtype }]) {
      if (x.shape.includes(0)) return graph.filled(ofNothing ?? 0, shape, dtype);
      const axes = axesOf(attributes, x.shape);
      const keepsBlocks =
        isBlocked(x.order) && axes.length < x.shape.length && !axes.some((axis) => x.order.includes(inner(axis)));
      const settled = graph.settled(keepsBlocks ? x : graph.unblocked(x));
      const value = repeated ? settled : graph.full(settled);
      const count = size(axes.map((axis) => value.shape[axis] / value.held[axis]));
      const positions = axes.map((axis) => value.order.indexOf(axis)).sort((i, j) => i - j);
      const lengths = lengthsIn(value.order, value.held, graph.block);
      const once = keepsBlocks
        ? groupwise(graph, value.name, positions, x.type, lengths, emit)
        : emit(graph, value.name, positions, x.type, lengths);
      const name = repeated && count > 1 ? repeated(graph, once, count, x.type) : once;
      const ones = (lengths: readonly number[]) => lengths.map((length, axis) => (axes.includes(axis) ? 1 : length));
      const kept = { ...value, name, type: dtype, shape: ones(value.shape), held: ones(value.held) };
      if (attributes.keepDims) return kept;
      const left = without(kept, axes);
      const squeezed = graph.emit('Reshape', [name, graph.ints(lengthsIn(left.order, left.held, graph.block))]);
      return graph.unblocked({ ...kept, ...left, name: squeezed });
    },
  });
}

/** Position of the first maximum or minimum along an axis, or of the first NaN, which the runtime passes over. */
const arg = (kernel: string): LoweredKernel =>
  lowered<{ axis: number }>({
    kernel,
    takes: ({ x }) => x.dtype === 'float32' && !x.shape.includes(0),
    infer({ x }, { axis }) {
      const [at] = util.parseAxisParam(axis, x.shape);
      return { shape: x.shape.filter((_, i) => i !== at), dtype: 'int32' };
    },
    lower(graph, { x }, { axis }) {
      const value = graph.full(graph.settled(x));
      const [at] = util.parseAxisParam(axis, x.shape as number[]);
      const along = { axis: value.order.indexOf(at), keepdims: 0, select_last_index: 0 };
      const marks = graph.emit('Cast', [graph.emit('IsNaN', [value.name])], { to: 6 });
      const first = graph.emit('ArgMax', [marks], along);
      const any = graph.emit('ReduceMax', [marks, graph.ints([along.axis])], { keepdims: 0 });
      const found = graph.emit('Where', [
        graph.emit('Greater', [any, graph.scalar(0, 'int32')]),
        first,
        graph.emit(kernel, [value.name], along),
      ]);
      return { ...value, ...without(value, [at]), name: graph.emit('Cast', [found], { to: 6 }), type: 'int32' };
    },
  });

const cumulative = (kernel: string, op: string): LoweredKernel =>
  lowered<{ axis: number; exclusive: boolean; reverse: boolean }>({
    kernel,
    takes: ({ x }) => x.dtype === 'float32' || x.dtype === 'int32',
    infer: ({ x }) => ({ shape: x.shape, dtype: x.dtype as Spec['dtype'] }),
    lower(graph, { x }, { axis, exclusive, reverse }) {
      const value = graph.full(graph.settled(x));
      const [at] = util.parseAxisParam(axis, x.shape as number[]);
      const along = graph.scalar(value.order.indexOf(at), 'int64');
      const flags = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
      return { ...value, name: graph.emit(op, [value.name, along], flags) };
    },
  });

export const reductionKernels: readonly LoweredKernel[] = [
  reduction({
    kernel: 'Sum',
    dtypes: ['float32', 'int32'],
    ofNothing: 0,
    emit: inStages('ReduceSum'),
    repeated: (graph, name, count, type) => graph.emit('Mul', [name, graph.scalar(count, type)]),
    divisible: true,
  }),
  reduction({
    kernel: 'Mean',
    dtypes: ['float32'],
    ofNothing: Number.NaN,
    emit: inStages('ReduceMean'),
    repeated: (_, name) => name,
    divisible: true,
  }),
  reduction({ kernel: 'Prod', dtypes: ['float32', 'int32'], ofNothing: 1, emit: operator('ReduceProd') }),
  ...(['Max', 'Min'] as const).map((kernel) =>
    reduction({
      kernel,
      dtypes: ['float32', 'int32'],
      emit: keepingNan(`Reduce${kernel}`),
      repeated: (_, name) => name,
    }),
  ),
  reduction({ kernel: 'All', dtypes: ['bool'], ofNothing: 1, emit: throughIntegers('ReduceMin') }),
  reduction({ kernel: 'Any', dtypes: ['bool'], ofNothing: 0, emit: throughIntegers('ReduceMax') }),
  arg('ArgMax'),
  arg('ArgMin'),
  cumulative('Cumsum', 'CumSum'),
  lowered<{ dim: number }>({
    kernel: 'Softmax',
    takes: ({ logits }) => logits.dtype === 'float32' && !logits.shape.includes(0),
    infer: ({ logits }) => ({ shape: logits.shape, dtype: 'float32' }),
    lower(graph, { logits }, { dim }) {
      const value = graph.full(graph.settled(logits));
      return { ...value, name: graph.emit('Softmax', [value.name], { axis: value.order.indexOf(dim) }) };
    },
  }),
  lowered<{ k: number; sorted: boolean }>({
    kernel: 'TopK',
    takes: ({ x }) => (x.dtype === 'float32' || x.dtype === 'int32') && !x.shape.includes(0),
    infer({ x }, { k }) {
      const shape = [...x.shape.slice(0, -1), k];
      return [
        { ...like(x), shape },
        { shape, dtype: 'int32' },
      ];
    },
    lower(graph, { x }, { k }, [values, indices]) {
      const count = graph.ints([k]);
      const [largest, at] = graph.emitMany('TopK', [graph.asPlain(x), count], { axis: -1, largest: 1, sorted: 1 }, 2);
      return [
        graph.plain(largest, values.shape, values.dtype),
        graph.plain(graph.emit('Cast', [at], { to: 6 }), indices.shape, 'int32'),
      ];
    },
  }),
];
