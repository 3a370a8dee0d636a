import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { elementwise } from '../elementwise';
import { type LoweredKernel, lowered, type Spec } from '../lowered-kernel';

const filled = (inputs: Record<string, TensorInfo>) => Object.values(inputs).every(({ shape }) => !shape.includes(0));

export const indexingKernels: readonly LoweredKernel[] = [
  lowered<{ axis: number; batchDims: number }>({
    kernel: 'GatherV2',
    takes: ({ x, indices }, { batchDims = 0 }) =>
      batchDims === 0 && indices.dtype === 'int32' && ['float32', 'int32'].includes(x.dtype) && filled({ x, indices }),
    infer({ x, indices }, { axis }) {
      const [at] = util.parseAxisParam(axis, x.shape);
      const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
      return { shape, dtype: x.dtype as Spec['dtype'] };
    },
    lower(graph, { x, indices }, { axis }, [{ shape }]) {
      const [at] = util.parseAxisParam(axis, x.shape as number[]);
      const name = graph.emit('Gather', [graph.asPlain(x), graph.asPlain(indices)], { axis: at });
      return graph.plain(name, shape, x.type);
    },
  }),
  lowered<{ numSegments: number }>({
    kernel: 'UnsortedSegmentSum',
    takes: ({ x, segmentIds }) =>
      ['float32', 'int32'].includes(x.dtype) && segmentIds.dtype === 'int32' && filled({ x, segmentIds }),
    infer: ({ x, segmentIds }, { numSegments }) => ({
      shape: [numSegments, ...x.shape.slice(segmentIds.shape.length)],
      dtype: x.dtype as Spec['dtype'],
    }),
    lower(graph, { x, segmentIds }, { numSegments }, [{ shape }]) {
      // What has no segment is added to one more, which is cut off.
      const ids = graph.emit('Cast', [graph.asPlain(segmentIds)], { to: 7 });
      const last = graph.scalar(numSegments, 'int64');
      const outside = graph.emit('Or', [
        graph.emit('Less', [ids, graph.scalar(0, 'int64')]),
        graph.emit('GreaterOrEqual', [ids, last]),
      ]);
      const rows = segmentIds.shape.reduce((a, b) => a * b, 1);
      const index = graph.emit('Reshape', [graph.emit('Where', [outside, last, ids]), graph.ints([rows, 1])]);
      const updates = graph.emit('Reshape', [graph.asPlain(x), graph.ints([rows, ...shape.slice(1)])]);
      const zeros = graph.full(graph.filled(0, [numSegments + 1, ...shape.slice(1)], x.type)).name;
      const summed = graph.emit('ScatterND', [zeros, index, updates], { reduction: 'add' });
      const name = graph.emit('Slice', [summed, graph.ints([0]), graph.ints([numSegments]), graph.ints([0])]);
      return graph.plain(name, shape, x.type);
    },
  }),
  lowered<{ depth: number; onValue: number; offValue: number; dtype: Spec['dtype'] }>({
    kernel: 'OneHot',
    takes: ({ indices }, { dtype }) =>
      indices.dtype === 'int32' && filled({ indices }) && ['float32', 'int32'].includes(dtype),
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
    takes: ({ params, indices }) =>
      params.dtype === 'float32' && indices.dtype === 'int32' && filled({ params, indices }),
    infer({ params, indices }) {
      const depth = indices.shape[indices.shape.length - 1];
      return {
        shape: [...indices.shape.slice(0, -1), ...params.shape.slice(depth)],
        dtype: params.dtype as Spec['dtype'],
      };
    },
    lower(graph, { params, indices }, _, [{ shape }]) {
      const index = graph.emit('Cast', [graph.asPlain(indices)], { to: 7 });
      return graph.plain(graph.emit('GatherND', [graph.asPlain(params), index]), shape, params.type);
    },
  }),
  lowered<{ shape: number[] }>({
    kernel: 'ScatterNd',
    takes: ({ indices, updates }) =>
      updates.dtype === 'float32' && indices.dtype === 'int32' && filled({ indices, updates }),
    infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
    lower(graph, { indices, updates }, _, [{ shape }]) {
      const index = graph.emit('Cast', [graph.asPlain(indices)], { to: 7 });
      const zeros = graph.full(graph.filled(0, shape, 'float32')).name;
      const depth = indices.shape[indices.shape.length - 1];
      const wanted = [...indices.shape.slice(0, -1), ...shape.slice(depth)];
      const values = graph.asPlain(graph.reshape(updates, wanted));
      return graph.plain(graph.emit('ScatterND', [zeros, index, values], { reduction: 'add' }), shape, 'float32');
    },
  }),
];
