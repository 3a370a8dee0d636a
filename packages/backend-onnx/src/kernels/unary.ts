import type { TensorInfo } from '@tensorflow/tfjs-core';
import { elementwise } from '../elementwise';
import { type LoweredKernel, like, lowered, type Spec } from '../lowered-kernel';
import type { Lowering } from '../lowering';
import type { ElementType } from '../model-proto';
import { elu, expm1 as expm1BelowHalf, rectified, relu6, sigmoid, stepped } from './activation';
import { truncated } from './whole-numbers';

type Emit = (graph: Lowering, x: string, attributes: Record<string, unknown>) => string;
const isFloat = ({ x }: Record<string, TensorInfo>) => x.dtype === 'float32';

/** A kernel of one input `x` that acts on each element alone. */
function unary(kernel: string, emit: Emit, result?: Spec['dtype'], takes = isFloat): LoweredKernel {
  return lowered<Record<string, unknown>>({
    kernel,
    blocked: true,
    takes,
    infer: ({ x }) => (result ? { shape: x.shape, dtype: result } : like(x)),
    lower: (graph, { x }, attributes, [{ shape, dtype }]) =>
      elementwise(graph, [x], shape, dtype, ([name]) => emit(graph, name, attributes)),
  });
}
const float = (kernel: string, emit: Emit) => unary(kernel, emit);
const numeric = ({ x }: Record<string, TensorInfo>) => x.dtype === 'float32' || x.dtype === 'int32';
const any = ({ x }: Record<string, TensorInfo>) => x.dtype !== 'string' && x.dtype !== 'complex64';

const op =
  (name: string): Emit =>
  (graph, x) =>
    graph.emit(name, [x]);

/**
 * log(1 + x), exact near 0: what rounding 1 + x loses is added again, where it counts.
 *
 * @param near x, or what it is held to where it counts: at its bounds nothing is lost
 */
function log1p(graph: Lowering, x: string, near: string): string {
  const one = graph.scalar(1);
  const plusOne = (each: string) => graph.emitOnce('Add', [each, one]);
  const lost = graph.emit('Sub', [near, graph.emit('Sub', [plusOne(near), one])]);
  return graph.emit('Add', [graph.emit('Log', [plusOne(x)]), lost]);
}

/** exp(x) - 1. */
function expm1(graph: Lowering, x: string): string {
  const below = graph.emit('Less', [x, graph.scalar(0.5)]);
  const above = graph.emit('Sub', [graph.emit('Exp', [x]), graph.scalar(1)]);
  return graph.emit('Where', [below, expm1BelowHalf(graph, x), above]);
}

const cast = (graph: Lowering, x: string, to: 'float32' | 'int32' | 'bool' | 'int64') =>
  graph.emit('Cast', [x], { to: { float32: 1, int32: 6, int64: 7, bool: 9 }[to] });

/** Truth is 1 as a number; a number is true unless it is 0; what is no whole number loses its fraction. */
const castKernel = lowered<{ dtype: Spec['dtype'] }>({
  kernel: 'Cast',
  blocked: true,
  takes: ({ x }, { dtype }) => any({ x }) && ['float32', 'int32', 'bool'].includes(dtype),
  infer: ({ x }, { dtype }) => ({ shape: x.shape, dtype }),
  lower(graph, { x }, { dtype }) {
    if (x.type === dtype) return x;
    return elementwise(graph, [x], x.shape, dtype as ElementType, ([name]) =>
      x.type === 'float32' && dtype === 'int32' ? truncated(graph, name) : cast(graph, name, dtype),
    );
  },
});

const selu = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

const filled = (kernel: string, value: number): LoweredKernel =>
  lowered({
    kernel,
    blocked: true,
    takes: any,
    infer: ({ x }) => like(x),
    lower: (graph, _, __, [{ shape, dtype }]) => graph.filled(value, shape, dtype),
  });

export const unaryKernels: readonly LoweredKernel[] = [
  unary('Abs', op('Abs'), undefined, numeric),
  unary('Neg', op('Neg'), undefined, numeric),
  unary('Square', (graph, x) => graph.emit('Mul', [x, x]), undefined, numeric),
  unary('Relu', rectified, undefined, numeric),
  float('Relu6', relu6),
  float('LeakyRelu', (graph, x, { alpha }) => graph.emit('LeakyRelu', [x], { alpha: { float: alpha as number } })),
  float('Elu', (graph, x) => elu(graph, x)),
  float('Selu', (graph, x) => graph.emit('Mul', [elu(graph, x, selu.alpha), graph.scalar(selu.scale)])),
  ...['Exp', 'Log', 'Sqrt', 'Tanh', 'Erf', 'Floor', 'Ceil', 'Round', 'Sin', 'Cos', 'Tan'].map((name) =>
    float(name, op(name)),
  ),
  ...['Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh', 'Reciprocal'].map((name) =>
    float(name, op(name)),
  ),
  // The runtime's own is NaN of NaN.
  float('Sign', (graph, x) =>
    graph.emit('Where', [graph.emit('IsNaN', [x]), graph.scalar(0), graph.emit('Sign', [x])]),
  ),
  float('Softplus', (graph, x) => {
    // max(x, 0) + log(1 + exp(-|x|))
    const tail = graph.emit('Exp', [graph.emit('Neg', [graph.emit('Abs', [x])])]);
    return graph.emit('Add', [graph.emit('Relu', [x]), log1p(graph, tail, tail)]);
  }),
  float('Sigmoid', sigmoid),
  float('Rsqrt', (graph, x) => graph.emit('Reciprocal', [graph.emit('Sqrt', [x])])),
  float('Log1p', (graph, x) => log1p(graph, x, graph.emit('Clip', [x, graph.scalar(-0.5), graph.scalar(1)]))),
  float('Expm1', expm1),
  float('Step', (graph, x, { alpha }) => {
    const slope = (alpha as number | undefined) ?? 0;
    if (slope === 0) {
      // Of the rectified where there is such: then the runtime may rectify inside the convolution.
      const of = graph.known(`rectified ${x}`) ?? x;
      const name = stepped(graph, of);
      if (graph.rectified.has(of)) graph.stepOf.set(name, of);
      return name;
    }
    const above = graph.emit('Where', [
      graph.emit('Greater', [x, graph.scalar(0)]),
      graph.scalar(1),
      graph.scalar(slope),
    ]);
    return graph.emit('Where', [graph.emit('IsNaN', [x]), x, above]);
  }),
  unary('IsNan', op('IsNaN'), 'bool'),
  unary('IsInf', op('IsInf'), 'bool'),
  unary(
    'IsFinite',
    (graph, x) => graph.emit('Not', [graph.emit('Or', [graph.emit('IsNaN', [x]), graph.emit('IsInf', [x])])]),
    'bool',
  ),
  unary('LogicalNot', op('Not'), 'bool', ({ x }) => x.dtype === 'bool'),
  lowered<{ clipValueMin: number; clipValueMax: number }>({
    kernel: 'ClipByValue',
    blocked: true,
    takes: isFloat,
    infer: ({ x }) => like(x),
    lower: (graph, { x }, { clipValueMin, clipValueMax }) =>
      elementwise(graph, [x], x.shape, x.type, ([name]) =>
        graph.emit('Clip', [name, graph.scalar(clipValueMin), graph.scalar(clipValueMax)]),
      ),
  }),
  castKernel,
  filled('ZerosLike', 0),
  filled('OnesLike', 1),
];
