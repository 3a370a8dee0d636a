import { type LoweredKernel, like, lowered } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { identity } from '../order';
import { uncut } from './cutting';
import { filled, known, numeric } from './tensor-kinds';

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

/** Kernels that put something around a tensor. */
export const paddingKernels: readonly LoweredKernel[] = [
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
];
