import type { Lowering } from '../lowering';

const cast = (graph: Lowering, x: string, to: number) => graph.emit('Cast', [x], { to });
const [int32, int64, float64] = [6, 7, 11];

/** An int64 tensor in the graph as int32, what has more bits around. (Of two casts on end the runtime makes another one.) */
function wrapped(graph: Lowering, x: string): string {
  const half = graph.scalar(2 ** 31, 'int64');
  const around = graph.emit('Mod', [graph.emit('Add', [x, half]), graph.scalar(2 ** 32, 'int64')]);
  return cast(graph, graph.emit('Sub', [around, half]), int32);
}

/** A float32 tensor in the graph as an Int32Array takes it: cut, around where it has over 32 bits, 0 where over 64 or NaN. */
export function truncated(graph: Lowering, x: string): string {
  const fits = graph.emit('Less', [graph.emit('Abs', [x]), graph.scalar(2 ** 63)]);
  return wrapped(graph, cast(graph, graph.emit('Where', [fits, x, graph.scalar(0)]), int64));
}

/**
 * floor(a / b) of int32, 0 where b is 0, in float64, which tells all such quotients apart: the runtime's own division of whole
 * numbers ends the process where b is 0.
 */
export function floorOfQuotient(graph: Lowering, a: string, b: string): string {
  const zero = graph.scalar(0, 'int32');
  const isZero = graph.emit('Equal', [b, zero]);
  const divisor = graph.emit('Where', [isZero, graph.scalar(1, 'int32'), b]);
  const quotient = graph.emit('Floor', [graph.emit('Div', [cast(graph, a, float64), cast(graph, divisor, float64)])]);
  return graph.emit('Where', [isZero, zero, wrapped(graph, cast(graph, quotient, int64))]);
}

/** The remainder that has the divisor's sign, of int32: 0 where that is 0. */
export function remainder(graph: Lowering, a: string, b: string): string {
  const zero = graph.scalar(0, 'int32');
  const rest = graph.emit('Sub', [a, graph.emit('Mul', [floorOfQuotient(graph, a, b), b])]);
  return graph.emit('Where', [graph.emit('Equal', [b, zero]), zero, rest]);
}
