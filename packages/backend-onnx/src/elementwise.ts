import type { Lowering, Value } from './lowering';
import { size } from './lowering';
import type { ElementType } from './model-proto';
import { identity, isBlocked, same } from './order';

/**
 * Values that an elementwise operator broadcasts to `shape`, brought into one order of axes: that of the largest among them,
 * one that this graph computes before one that comes from outside, which can be laid in that order before the graph runs.
 *
 * @param compute emits the operator, given the names in the graph, and names its result
 */
export function elementwise(
  graph: Lowering,
  values: readonly Value[],
  shape: readonly number[],
  type: ElementType,
  compute: (names: string[]) => string,
): Value {
  const rank = shape.length;
  const padded = values.map((value) =>
    graph.reshape(value, [...new Array(rank - value.shape.length).fill(1), ...value.shape]),
  );
  const weight = (value: Value) => size(value.held) * 2 + (graph.leafOf.has(value.name) ? 0 : 1);
  const leader = padded.reduce((best, value) => (weight(value) > weight(best) ? value : best));
  const order = size(leader.held) === 1 ? identity(rank) : leader.order;
  for (const { name, order: own } of padded) {
    const leaf = graph.leafOf.get(name);
    if (leaf && !same(own, order) && !graph.reordered.has(leaf)) graph.reordered.set(leaf, order);
  }
  const names = padded.map((value) => ranged(graph, graph.reorder(order, value), leader).name);
  const held = shape.map((_, axis) => Math.max(...padded.map((value) => value.held[axis])));
  const empty = shape.some((length) => length === 0);
  const name = compute(names);
  const leaf = graph.leafOf.get(leader.name);
  if (leaf && padded.every((value) => value === leader || size(value.held) === 1)) graph.leafOf.set(name, leaf);
  return {
    name,
    type,
    shape,
    order,
    held: empty ? shape : held,
    inherited: leader.inherited && size(leader.held) > 1,
    constant: values.every(({ constant }) => constant),
  };
}

/**
 * Blocks of one number per channel, written out along the axis that stands before the inside of the blocks: the runtime is
 * slow to broadcast pieces as short as a block.
 */
function ranged(graph: Lowering, value: Value, leader: Value): Value {
  if (!isBlocked(value.order) || size(value.held) === 1) return value;
  const axis = value.order[value.order.length - 2];
  return axis >= 0 && value.held[axis] < leader.held[axis]
    ? graph.written(value, value.held.with(axis, leader.held[axis]))
    : value;
}
