import { elementwise } from '../elementwise';
import type { Lowering, Value } from '../lowering';
import { sigmoid } from './unary';

/** What a fused kernel does to its result. */
export interface FusedActivation {
  activation: string;
  leakyreluAlpha?: number;
}

type Emit = (graph: Lowering, x: string, alpha: number) => string;
const activations: Record<string, Emit> = {
  linear: (_, x) => x,
  relu: (graph, x) => graph.emit('Relu', [x]),
  relu6: (graph, x) => graph.emit('Clip', [x, graph.scalar(0), graph.scalar(6)]),
  elu: (graph, x) => graph.emit('Elu', [x]),
  sigmoid,
  leakyrelu: (graph, x, alpha) => graph.emit('LeakyRelu', [x], { alpha: { float: alpha } }),
};

export const takesActivation = ({ activation = 'linear' }: FusedActivation): boolean =>
  activation === 'prelu' || activation in activations;

/** Adds a bias and applies an activation, as the fused kernels do. */
export function activate(
  graph: Lowering,
  y: Value,
  { activation = 'linear', leakyreluAlpha = 0.2 }: FusedActivation,
  bias?: Value,
  prelu?: Value,
): Value {
  const biased = bias ? elementwise(graph, [y, bias], y.shape, y.type, (names) => graph.emit('Add', names)) : y;
  if (activation === 'prelu' && prelu) {
    return elementwise(graph, [biased, prelu], y.shape, y.type, ([x, slope]) =>
      graph.emit('Where', [graph.emit('Less', [x, graph.scalar(0)]), graph.emit('Mul', [x, slope]), x]),
    );
  }
  return { ...biased, name: activations[activation](graph, biased.name, leakyreluAlpha) };
}
