import { backend_util, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { elementwise } from '../elementwise';
import { type LoweredKernel, like, lowered, type Spec } from '../lowered-kernel';
import { type Lowering, size, type Value } from '../lowering';
import type { ElementType } from '../model-proto';
import { identity } from '../order';
import { filled, known, numeric } from './tensor-kinds';

const allFilled = (inputs: Record<string, TensorInfo>) => Object.values(inputs).every(filled);

/** Indices as int64. The runtime counts those below 0 from the end; TensorFlow.js does not, so that they end outside. */
function positions(graph: Lowering, indices: Value, outside: string): string {
  const wide = graph.emit('Cast', [graph.asPlain(indices)], { to: 7 });
  return graph.emit('Where', [graph.emit('Less', [wide, graph.scalar(0, 'int64')]), outside, wide]);
}

/** Shape of what scatters into `shape`: how many rows `[count]` of `width` go to which of so many. */
function scatterShape(indices: readonly number[], shape: readonly number[]) {
  const depth = indices.length > 1 ? indices[indices.length - 1] : 1;
  return { depth, count: size(indices) / depth, rows: size(shape.slice(0, depth)), width: size(shape.slice(depth)) };
}

/**
 * Puts or adds rows `[count, width]` to those of a table `[rows, width]` that a list `[count]` names, one after another: the
 * runtime's ScatterND adds on several threads at once, and loses what two of them add to the same row.
 */
function scatter(
  graph: Lowering,
  table: string,
  at: string,
  updates: string,
  [count, width]: readonly [number, number],
  reduction: 'add' | 'none',
): string {
  const row = graph.emit('Reshape', [at, graph.ints([count, 1])]);
  const each = graph.emit('Expand', [row, graph.ints([count, width])]);
  const flat = graph.emit('Reshape', [updates, graph.ints([count, width])]);
  return graph.emit('ScatterElements', [table, each, flat], { axis: 0, reduction });
}

const zeros = (graph: Lowering, shape: readonly number[], type: ElementType) =>
  graph.full(graph.filled(0, shape, type)).name;

/** Number of the row that each index `[..., depth]` into a shape names; outside the table where one is outside its axis. */
function rowsOf(graph: Lowering, indices: Value, shape: readonly number[]): string {
  const { depth, count, rows } = scatterShape(indices.shape, shape);
  const wide = graph.emit('Cast', [graph.asPlain(indices)], { to: 7 });
  const split = graph.emit('Reshape', [wide, graph.ints([count, depth])]);
  const strides = identity(depth).map((axis) => size(shape.slice(axis + 1, depth)));
  const places = graph.emit('Mul', [split, graph.ints(strides)]);
  const outside = graph.emit('Or', [
    graph.emit('Less', [split, graph.scalar(0, 'int64')]),
    graph.emit('GreaterOrEqual', [split, graph.ints(shape.slice(0, depth))]),
  ]);
  const parts = graph.emit('Where', [outside, graph.scalar(rows, 'int64'), places]);
  return graph.emit('ReduceSum', [parts, graph.ints([1])], { keepdims: 0 });
}

interface GatherAttributes {
  axis: number;
  batchDims?: number;
}

/** Where a gather reads, counted from the first axis: along `at`, and in step with the indices along the first `batch`. */
function gatherAxes(x: readonly number[], indices: readonly number[], { axis, batchDims }: GatherAttributes) {
  const [at] = util.parseAxisParam(axis, x as number[]);
  const batch = batchDims ?? 0;
  return { at, batch: batch < 0 ? batch + indices.length : batch };
}

export const indexingKernels: readonly LoweredKernel[] = [
  lowered<GatherAttributes>({
    kernel: 'GatherV2',
    takes: ({ x, indices }) => indices.dtype === 'int32' && known(x) && allFilled({ x, indices }),
    infer({ x, indices }, attributes) {
      const { at } = gatherAxes(x.shape, indices.shape, attributes);
      const { outputShape } = backend_util.segment_util.collectGatherOpShapeInfo(
        x as Tensor,
        indices as Tensor,
        at,
        attributes.batchDims ?? 0,
      );
      return { ...like(x), shape: outputShape };
    },
    lower(graph, { x, indices }, attributes, [{ shape }]) {
      const { at, batch } = gatherAxes(x.shape, indices.shape, attributes);
      const index = positions(graph, indices, graph.scalar(x.shape[at], 'int64'));
      if (batch === 0) {
        return graph.plain(graph.emit('Gather', [graph.asPlain(x), index], { axis: at }), shape, x.type);
      }
      // The axis comes right after those of the batch, and what stood between them after the indices.
      const [axes, results] = [identity(x.shape.length), identity(shape.length)];
      const places = indices.shape.length - batch;
      const ahead = graph.in([...axes.slice(0, batch), at, ...axes.slice(batch).filter((axis) => axis !== at)], x);
      const each = graph.emit('Reshape', [index, graph.ints([...indices.shape, 1])]);
      const name = graph.emit('GatherND', [ahead, each], { batch_dims: batch });
      const order = [
        ...results.slice(0, batch),
        ...results.slice(at, at + places),
        ...results.slice(batch, at),
        ...results.slice(at + places),
      ];
      return graph.laid(name, shape, x.type, order);
    },
  }),
  lowered<{ numSegments: number }>({
    kernel: 'UnsortedSegmentSum',
    takes: ({ x, segmentIds }) => numeric(x) && segmentIds.dtype === 'int32' && allFilled({ x, segmentIds }),
    infer: ({ x, segmentIds }, { numSegments }) => ({
      ...like(x),
      shape: [numSegments, ...x.shape.slice(segmentIds.shape.length)],
    }),
    lower(graph, { x, segmentIds }, { numSegments }, [{ shape }]) {
      // What has no segment is added to one more, which is cut off.
      const last = graph.scalar(numSegments, 'int64');
      const ids = positions(graph, segmentIds, last);
      const segment = graph.emit('Min', [ids, last]);
      const [count, width] = [size(segmentIds.shape), size(shape.slice(1))];
      const table = zeros(graph, [numSegments + 1, width], x.type);
      const sums = scatter(graph, table, segment, graph.asPlain(x), [count, width], 'add');
      const name = graph.emit('Slice', [sums, graph.ints([0]), graph.ints([numSegments]), graph.ints([0])]);
      return graph.reshape(graph.plain(name, [numSegments, width], x.type), shape);
    },
  }),
  lowered<{ depth: number; onValue: number; offValue: number; dtype: Spec['dtype'] }>({
    kernel: 'OneHot',
    takes: ({ indices }, { dtype }) =>
      indices.dtype === 'int32' && allFilled({ indices }) && ['float32', 'int32'].includes(dtype),
    infer: ({ indices }, { depth, dtype }) => ({ shape: [...indices.shape, depth], dtype }),
    lower(graph, { indices }, { depth, onValue, offValue, dtype }, [{ shape }]) {
      const classes = Int32Array.from({ length: depth }, (_, i) => i);
      const range = graph.constant('int32', [depth], new Uint8Array(classes.buffer));
      const wide = graph.reshape(indices, [...indices.shape, 1]);
      return elementwise(graph, [wide, graph.plain(range, [depth], 'int32')], shape, dtype, ([index, each]) =>
        graph.emit('Where', [
          graph.emit('Equal', [index, each]),
          graph.scalar(onValue, dtype),
          graph.scalar(offValue, dtype),
        ]),
      );
    },
  }),
  lowered({
    kernel: 'GatherNd',
    takes: ({ params, indices }) => known(params) && indices.dtype === 'int32' && allFilled({ params, indices }),
    infer({ params, indices }) {
      const [shape] = backend_util.prepareAndValidate(params, indices);
      return { ...like(params), shape };
    },
    lower(graph, { params, indices }, _, [{ shape }]) {
      const depth = indices.shape[indices.shape.length - 1];
      const index = positions(graph, indices, graph.ints(params.shape.slice(0, depth)));
      return graph.plain(graph.emit('GatherND', [graph.asPlain(params), index]), shape, params.type);
    },
  }),
  lowered<{ shape: number[] }>({
    kernel: 'ScatterNd',
    takes: ({ indices, updates }, { shape }) =>
      numeric(updates) && indices.dtype === 'int32' && allFilled({ indices, updates }) && !shape.includes(0),
    infer: ({ updates }, { shape }) => ({ ...like(updates), shape }),
    lower(graph, { indices, updates }, _, [{ shape }]) {
      const { count, rows, width } = scatterShape(indices.shape, shape);
      const at = rowsOf(graph, indices, shape);
      const table = zeros(graph, [rows, width], updates.type);
      const name = scatter(graph, table, at, graph.asPlain(updates), [count, width], 'add');
      return graph.reshape(graph.plain(name, [rows, width], updates.type), shape);
    },
  }),
  lowered({
    kernel: 'TensorScatterUpdate',
    takes: ({ tensor, indices, updates }) =>
      known(tensor) &&
      tensor.dtype === updates.dtype &&
      indices.dtype === 'int32' &&
      allFilled({ tensor, indices, updates }),
    infer: ({ tensor }) => like(tensor),
    lower(graph, { tensor, indices, updates }, _, [{ shape }]) {
      const { count, rows, width } = scatterShape(indices.shape, shape);
      const table = graph.asPlain(graph.reshape(tensor, [rows, width]));
      const at = rowsOf(graph, indices, shape);
      const name = scatter(graph, table, at, graph.asPlain(updates), [count, width], 'none');
      return graph.reshape(graph.plain(name, [rows, width], tensor.type), shape);
    },
  }),
];
