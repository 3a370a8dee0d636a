import { backend_util, type TensorInfo, upcastType } from '@tensorflow/tfjs-core';
import { elementwise } from '../elementwise';
import { type LoweredKernel, like, lowered, type Spec } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import type { ElementType } from '../model-proto';
import { prelu } from './activation';
import { addedInBlocks } from './blocked-convolution';
import { scaledBy } from './scaled';
import { unpooledAboveZero } from './unpooling';
import { floorOfQuotient, remainder } from './whole-numbers';

type Emit = (graph: Lowering, a: string, b: string, type: ElementType) => string;
type Pair = Record<'a' | 'b', TensorInfo>;

const numeric = ({ a, b }: Pair) => a.dtype === b.dtype && (a.dtype === 'float32' || a.dtype === 'int32');
const floats = ({ a, b }: Pair) => a.dtype === 'float32' && b.dtype === 'float32';
const bools = ({ a, b }: Pair) => a.dtype === 'bool' && b.dtype === 'bool';

/** A kernel of two inputs `a` and `b` that are broadcast to each other. */
function binary(kernel: string, takes: (pair: Pair) => boolean, emit: Emit, result?: Spec['dtype']): LoweredKernel {
  return lowered({
    kernel,
    blocked: true,
    takes: (inputs) => takes(inputs as Pair),
    infer: ({ a, b }) => ({
      shape: backend_util.assertAndGetBroadcastShape(a.shape, b.shape),
      dtype: result ?? (upcastType(a.dtype, b.dtype) as Spec['dtype']),
    }),
    lower: (graph, { a, b }, _, [{ shape, dtype }]) =>
      elementwise(graph, [a, b], shape, dtype, ([first, second]) => emit(graph, first, second, a.type)),
  });
}
const op =
  (name: string): Emit =>
  (graph, a, b) =>
    graph.emit(name, [a, b]);
const not =
  (name: string): Emit =>
  (graph, a, b) =>
    graph.emit('Not', [graph.emit(name, [a, b])]);
const comparable = (pair: Pair) => numeric(pair) || bools(pair);

/** The remainder that has the divisor's sign, of float32. */
function floatRemainder(graph: Lowering, a: string, b: string): string {
  const zero = graph.scalar(0);
  const truncated = (each: string) => graph.emit('Mod', [each, b], { fmod: 1 });
  const rest = truncated(a);
  const alike = graph.emit('Equal', [graph.emit('Less', [a, zero]), graph.emit('Less', [b, zero])]);
  return graph.emit('Where', [alike, rest, truncated(graph.emit('Add', [rest, b]))]);
}

const sum = binary('Add', numeric, op('Add'));
const product = binary('Multiply', numeric, op('Mul'));

/** Images and one number for each channel. */
function withBias(graph: Lowering, { a, b }: Readonly<Record<string, Value>>): Value | undefined {
  return addedInBlocks(graph, a, b) ?? addedInBlocks(graph, b, a);
}

export const binaryKernels: readonly LoweredKernel[] = [
  { ...sum, lower: (graph, given, ...rest) => withBias(graph, given) ?? sum.lower(graph, given, ...rest) },
  binary('Sub', numeric, op('Sub')),
  {
    ...product,
    lower(graph, { a, b }, attributes, specs) {
      const unpooled = unpooledAboveZero(graph, a, b) ?? unpooledAboveZero(graph, b, a);
      if (unpooled) return unpooled;
      const y = product.lower(graph, { a, b }, attributes, specs) as Value;
      const scaled = scaledBy(a, b) ?? scaledBy(b, a);
      if (scaled) graph.scaled.set(y.name, scaled);
      return y;
    },
  },
  binary('RealDiv', floats, op('Div'), 'float32'),
  binary('Pow', floats, op('Pow')),
  binary('Maximum', numeric, op('Max')),
  binary('Minimum', numeric, op('Min')),
  binary('FloorDiv', numeric, (graph, a, b, type) =>
    type === 'int32' ? floorOfQuotient(graph, a, b) : graph.emit('Floor', [graph.emit('Div', [a, b])]),
  ),
  binary('Mod', numeric, (graph, a, b, type) => (type === 'int32' ? remainder : floatRemainder)(graph, a, b)),
  binary('SquaredDifference', numeric, (graph, a, b) => {
    const difference = graph.emit('Sub', [a, b]);
    return graph.emit('Mul', [difference, difference]);
  }),
  binary('Equal', comparable, op('Equal'), 'bool'),
  binary('NotEqual', comparable, not('Equal'), 'bool'),
  binary('Greater', numeric, op('Greater'), 'bool'),
  binary('GreaterEqual', numeric, op('GreaterOrEqual'), 'bool'),
  binary('Less', numeric, op('Less'), 'bool'),
  binary('LessEqual', numeric, op('LessOrEqual'), 'bool'),
  binary('LogicalAnd', bools, op('And'), 'bool'),
  binary('LogicalOr', bools, op('Or'), 'bool'),
  binary('LogicalXor', bools, op('Xor'), 'bool'),
  lowered({
    kernel: 'Prelu',
    blocked: true,
    takes: ({ x, alpha }) => x.dtype === 'float32' && alpha.dtype === 'float32',
    infer: ({ x }) => like(x),
    lower: (graph, { x, alpha }) =>
      elementwise(graph, [x, alpha], x.shape, x.type, ([input, slope]) => prelu(graph, input, slope)),
  }),
  lowered({
    kernel: 'EluGrad',
    blocked: true,
    infer: ({ y }) => like(y),
    lower: (graph, { dy, y }) =>
      elementwise(graph, [dy, y], y.shape, y.type, ([gradient, value]) => {
        const slope = graph.emit('Add', [value, graph.scalar(1)]);
        const positive = graph.emit('GreaterOrEqual', [value, graph.scalar(0)]);
        return graph.emit('Where', [positive, gradient, graph.emit('Mul', [gradient, slope])]);
      }),
  }),
  lowered({
    kernel: 'Select',
    blocked: true,
    takes: ({ condition, t, e }) =>
      t.dtype === e.dtype &&
      ['float32', 'int32', 'bool'].includes(t.dtype) &&
      condition.shape.length === t.shape.length,
    infer: ({ t }) => like(t),
    lower: (graph, { condition, t, e }) =>
      elementwise(graph, [condition, t, e], t.shape, t.type, ([test, yes, no]) => {
        if (t.type !== 'bool') return graph.emit('Where', [test, yes, no]);
        const chosen = graph.emit('And', [test, yes]);
        return graph.emit('Or', [chosen, graph.emit('And', [graph.emit('Not', [test]), no])]);
      }),
  }),
  lowered({
    kernel: 'AddN',
    blocked: true,
    takes: (inputs) => Object.values(inputs).every((each) => numeric({ a: each, b: inputs[0] })),
    infer: (inputs) => like(inputs[0]),
    lower: (graph, values, _, [{ shape, dtype }]) =>
      elementwise(graph, Object.values(values), shape, dtype, (names) =>
        names.reduce((sum, each) => graph.emit('Add', [sum, each])),
      ),
  }),
];
