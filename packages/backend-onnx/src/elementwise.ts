import type { Lowering, Value } from './lowering';
import { identity, size } from './lowering';
import type { ElementType } from './model-proto';

/**
 * Values that an elementwise operator broadcasts to `shape`, brought into one order of axes: that of the largest among them,
 * one that this graph chose before one that came from outside.
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
  const weight = (value: Value) => size(value.held) * 2 + (value.inherited ? 0 : 1);
  const leader = padded.reduce((best, value) => (weight(value) > weight(best) ? value : best));
  const order = size(leader.held) === 1 ? identity(rank) : leader.order;
  const names = padded.map((value) => graph.reorder(order, value).name);
  const held = shape.map((_, axis) => Math.max(...padded.map((value) => value.held[axis])));
  const empty = shape.some((length) => length === 0);
  return {
    name: compute(names),
    type,
    shape,
    order,
    held: empty ? shape : held,
    inherited: leader.inherited && size(leader.held) > 1,
  };
}
