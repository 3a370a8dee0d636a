import { upcastType, util } from '@tensorflow/tfjs-core';
import { type LoweredKernel, lowered, type Spec } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';

/** A value moved by some places along an axis, towards its end or its beginning: 1 comes in. */
function moved(graph: Lowering, value: Value, axis: number, places: number, back: boolean): string {
  const at = value.order.indexOf(axis);
  const length = value.shape[axis];
  const [from, to] = back ? [places, length] : [0, length - places];
  const rest = graph.emit('Slice', [value.name, graph.ints([from]), graph.ints([to]), graph.ints([at])]);
  const rank = value.order.length;
  const pads = new Array<number>(2 * rank).fill(0).with(back ? rank + at : at, places);
  return graph.emit('Pad', [rest, graph.ints(pads), graph.scalar(1, value.type)]);
}

export const cumulativeKernels: readonly LoweredKernel[] = [
  lowered<{ axis: number; exclusive: boolean; reverse: boolean }>({
    kernel: 'Cumprod',
    takes: ({ x }) => (x.dtype === 'float32' || x.dtype === 'int32') && !x.shape.includes(0),
    infer: ({ x }) => ({ shape: x.shape, dtype: upcastType(x.dtype, 'int32') as Spec['dtype'] }),
    lower(graph, { x }, { axis, exclusive, reverse }, [{ shape }]) {
      const [at] = util.parseAxisParam(axis, x.shape as number[]);
      const length = x.shape[at];
      if (exclusive && length === 1) return graph.filled(1, shape, x.type);
      // Products of 2, 4, 8, ... neighbours: each is that of two of half as many.
      const first = graph.full(graph.settled(x));
      let value = exclusive ? { ...first, name: moved(graph, first, at, 1, reverse) } : first;
      for (let reach = 1; reach < length; reach *= 2) {
        value = { ...value, name: graph.emit('Mul', [value.name, moved(graph, value, at, reach, reverse)]) };
      }
      return value;
    },
  }),
];
