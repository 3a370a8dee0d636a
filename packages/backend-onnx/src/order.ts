/**
 * An order in which the axes of a tensor stand in the graph: axis i there is axis `order[i]` of the shape.
 *
 * ONNX Runtime's fastest convolutions want channels in blocks, `[n, channels / block, height, width, block]`. So an axis may be
 * cut: `axis` then stands for its blocks and `inner(axis)` for the place inside one, and that order is `[0, 3, 1, 2, inner(3)]`.
 */
export type Order = readonly number[];

/** The place inside a block of an axis. */
export const inner = (axis: number): number => ~axis;
const axisOf = (part: number): number => (part < 0 ? ~part : part);

/** Whether lists of numbers are the same. */
export const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

const counted = (rank: number): Order => Array.from({ length: rank }, (_, i) => i);
const identities = counted(7).map(counted);
/** The axes as they stand; every tensor that is made starts with it. */
export const identity = (rank: number): Order => identities[rank] ?? counted(rank);
export const isIdentity = (order: Order): boolean => order.every((axis, i) => axis === i);
export const isBlocked = (order: Order): boolean => order.some((part) => part < 0);
/** The order without blocks: each axis where its blocks stand. */
export const whole = (order: Order): number[] => order.filter((part) => part >= 0);

/** Orders of images and of convolution filters in ONNX: NHWC to NCHW, HWIO to OIHW. */
export const nchw = [0, 3, 1, 2] as const;
export const oihw = [3, 2, 0, 1] as const;

/** Lengths of what stands in an order, for an axis of length 1 as for those that are held once: 1, and 1 inside. */
export function lengthsIn(order: Order, shape: readonly number[], block: number): number[] {
  return order.map((part) => {
    const length = shape[axisOf(part)];
    if (length === 1) return 1;
    if (part < 0) return block;
    return order.includes(inner(part)) ? length / block : length;
  });
}

/** The order with every axis cut that another order has cut, its blocks where the axis stood. */
export const cutAs = (order: Order, other: Order): number[] =>
  order.flatMap((part) =>
    part >= 0 && other.includes(inner(part)) && !order.includes(inner(part)) ? [part, inner(part)] : [part],
  );

/** How far apart in row-major memory neighbours lie along each part of an order. */
export function stridesOf(order: Order, shape: readonly number[], block: number): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; stride *= shape[axis--]) strides[axis] = stride;
  return order.map((part) => strides[axisOf(part)] * (order.includes(inner(part)) && part >= 0 ? block : 1));
}
