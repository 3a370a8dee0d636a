import { elementwise } from '../elementwise';
import type { Lowering, Value } from '../lowering';
import { addedInBlocks, rectifiedInBlocks } from './blocked-convolution';

/** What a fused kernel does to its result. */
export interface FusedActivation {
  activation: string;
  leakyreluAlpha?: number;
}

/** 1 / (1 + exp(-x)): the runtime's own is 0 below -18, where the gradients of confident classifiers lie. */
export function sigmoid(graph: Lowering, x: string): string {
  const one = graph.scalar(1);
  return graph.emit('Div', [one, graph.emit('Add', [one, graph.emit('Exp', [graph.emit('Neg', [x])])])]);
}

/** exp(x) - 1 for x below 0.5, as t / (0.5 - 0.5 t) with t = tanh(x / 2), in which nothing cancels: exact near 0. */
export function expm1(graph: Lowering, x: string): string {
  const half = graph.scalar(0.5);
  const t = graph.emit('Tanh', [graph.emit('Mul', [x, half])]);
  return graph.emit('Div', [t, graph.emit('Sub', [half, graph.emit('Mul', [t, half])])]);
}

/** x above 0, else alpha (exp(x) - 1): the runtime's own takes 1 from exp(x), and is 0 near 0. */
export function elu(graph: Lowering, x: string, alpha = 1): string {
  const below = expm1(graph, graph.emit('Min', [x, graph.scalar(0)]));
  const scaled = alpha === 1 ? below : graph.emit('Mul', [below, graph.scalar(alpha)]);
  return graph.emit('Add', [graph.emit('Relu', [x]), scaled]);
}

/** max(x, 0), once for each x. */
export function rectified(graph: Lowering, x: string): string {
  const name = graph.once(`rectified ${x}`, () => rectifiedInBlocks(graph, x) ?? graph.emit('Relu', [x]));
  graph.rectified.add(name);
  return name;
}

const steep = (graph: Lowering, x: string) =>
  graph.emit('HardSigmoid', [x], { alpha: { float: 3e38 }, beta: { float: 0 } });

/** 1 above 0, else 0: max(0, min(1, 3e38 x)), twice for the sake of subnormal numbers; NaN stays NaN. */
export const stepped = (graph: Lowering, x: string): string => steep(graph, steep(graph, x));

export const relu6 = (graph: Lowering, x: string): string => graph.emit('Clip', [x, graph.scalar(0), graph.scalar(6)]);

export const prelu = (graph: Lowering, x: string, slope: string): string =>
  graph.emit('Where', [graph.emit('Less', [x, graph.scalar(0)]), graph.emit('Mul', [x, slope]), x]);

type Emit = (graph: Lowering, x: string, alpha: number) => string;
const activations: Record<string, Emit> = {
  linear: (_, x) => x,
  relu: rectified,
  relu6,
  elu: (graph, x) => elu(graph, x),
  sigmoid,
  leakyrelu: (graph, x, alpha) => graph.emit('LeakyRelu', [x], { alpha: { float: alpha } }),
};

export const takesActivation = ({ activation = 'linear' }: Partial<FusedActivation>): boolean =>
  activation === 'prelu' || activation in activations;

/** Adds a bias and applies an activation, as the fused kernels do. */
export function activate(
  graph: Lowering,
  y: Value,
  { activation = 'linear', leakyreluAlpha = 0.2 }: Partial<FusedActivation>,
  bias?: Value,
  slopes?: Value,
): Value {
  const sum = bias ? (addedInBlocks(graph, y, bias) ?? added(graph, y, bias)) : y;
  if (activation === 'prelu' && slopes) {
    return elementwise(graph, [sum, slopes], y.shape, y.type, ([x, slope]) => prelu(graph, x, slope));
  }
  return { ...sum, name: activations[activation](graph, sum.name, leakyreluAlpha) };
}

const added = (graph: Lowering, y: Value, bias: Value): Value =>
  elementwise(graph, [y, bias], y.shape, y.type, (names) => graph.emit('Add', names));
