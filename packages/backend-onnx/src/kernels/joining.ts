import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type LoweredKernel, lowered, type Spec } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { filled, known } from './tensor-kinds';

/** Values side by side along an axis, in the order of the largest. */
function concat(graph: Lowering, values: readonly Value[], axis: number, shape: readonly number[]): Value {
  const settled = values.map((each) => graph.settled(each));
  const order = settled.reduce((best, each) => (each.shape[axis] > best.shape[axis] ? each : best)).order;
  const names = settled.map((each) => graph.in(order, each));
  return graph.laid(graph.emit('Concat', names, { axis: order.indexOf(axis) }), shape, values[0].type, order);
}

const inputsOf = (inputs: Readonly<Record<string, TensorInfo>>) => Object.values(inputs);

/** Kernels that put tensors side by side. */
export const joiningKernels: readonly LoweredKernel[] = [
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
];
