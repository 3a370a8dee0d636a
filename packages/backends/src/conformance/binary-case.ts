import { grad, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { broadcastShape, sources, summed } from './float64/broadcasting';
import { cotangents } from './float64/cotangents';
import { sizeOf } from './float64/linear-map';
import { values } from './float64/values';
import type { KernelCase, Precision } from './kernel-case';

type Shape = readonly number[];
type Dtype = KernelCase['dtype'];
type Range = readonly [low: number, high: number];

/** A kernel that maps two elements to one, with broadcasting. */
export interface BinaryKernel {
  kernel: string;
  op(a: Tensor, b: Tensor): Tensor;
  /** The function in float64. */
  f(a: number, b: number): number;
  /** Its derivatives; without them the gradient has no cases. */
  slopes?: readonly [(a: number, b: number) => number, (a: number, b: number) => number];
  /** `rounded` by default. */
  precision?: Precision;
  /** The size of the terms that f is a sum of, where they cancel. */
  terms?(a: number, b: number): number;
  /** Where f has a value on which backends and PyTorch agree; everywhere by default. */
  defined?(a: number, b: number): boolean;
  /** Where the slopes are such; at all finite points by default. */
  smooth?(a: number, b: number): boolean;
  /** Where it has a value for int32, too. */
  whole?(a: number, b: number): boolean;
  /** Only b is broadcast, to a. */
  onto?: true;
  /** Where random points of a and b are from; [-2, 2] and [-1.7, 2.3], which never meet, by default. */
  ranges?: readonly [Range, Range];
  /** Types of input that it takes, the one of the broadcast cases first; float32 alone by default. */
  takes?: readonly Dtype[];
  /** The type of the result; that of the inputs by default. */
  dtype?: Dtype;
}

const finite = [0, ...[1e-30, 1e-15, 1e-8, 0.5, 1, 2, 5, 1e4].flatMap((x) => [x, -x])].map(Math.fround);
const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1, -2];
/** What float32 cannot hold, too, and no sum or product of two of which leaves int32. */
const whole = [0, 1, -1, 2, -3, 7, -40, 46340, 16777217, -16777219];
const apart: readonly [Range, Range] = [
  [-2, 2],
  [-1.7, 2.3],
];
const broadcasts: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[7], [7]],
  [[1001], [1001]],
  [[13], []],
  [[], [5]],
  [[1], [3, 7]],
  [
    [3, 1],
    [1, 4],
  ],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[2, 3, 4, 5], [5]],
  [
    [2, 3, 4, 5],
    [3, 4, 5],
  ],
  [
    [2, 3, 4, 5],
    [2, 3, 4, 5],
  ],
  [[5], [2, 3, 4, 5]],
  [
    [2, 3, 4, 5],
    [1, 1, 1, 5],
  ],
  [
    [2, 3, 4, 5],
    [2, 1, 1, 5],
  ],
  [
    [2, 1, 4, 1],
    [3, 1, 5],
  ],
  [
    [2, 1, 3, 1, 2],
    [1, 2, 1, 3, 1],
  ],
  [[0, 3], [3]],
  [[0, 3], []],
];

/** The cases of a kernel: all pairs of remarkable values, every kind of broadcasting, its types; forward and gradients. */
export function casesOfBinary(each: BinaryKernel): KernelCase[] {
  const { defined = () => true, smooth = () => true, takes = ['float32'], slopes = [] } = each;
  const shaped = broadcasts.filter(([a, b]) => !each.onto || broadcastShape(a, b).join() === a.join());
  const random = shaped.map(([a, b]) => shapedInput(each, a, b));
  const slopePairs = pairs('pairs', finite, (a, b) => defined(a, b) && smooth(a, b));
  return [
    ...(takes.includes('float32') ? floats(defined).map((input) => forward(each, input, 'float32')) : []),
    ...(takes.includes('int32') ? integers(each).map((input) => forward(each, input, 'int32')) : []),
    ...(takes.includes('bool') ? [forward(each, pairs('bool', [0, 1], defined), 'bool')] : []),
    ...random.map((input) => forward(each, input, takes[0])),
    ...slopes.flatMap((slope, which) => [slopePairs, ...random].map((input) => gradient(each, input, slope, which))),
  ];
}

interface Operand {
  shape: Shape;
  values: readonly number[];
}
interface Input {
  theme: string;
  a: Operand;
  b: Operand;
}

function pairs(theme: string, all: readonly number[], wanted: (a: number, b: number) => boolean): Input {
  const both = all.flatMap((a) => all.map((b) => [a, b] as const)).filter(([a, b]) => wanted(a, b));
  const operand = (which: 0 | 1) => ({ shape: [both.length], values: both.map((each) => each[which]) });
  return { theme, a: operand(0), b: operand(1) };
}

const floats = (defined: (a: number, b: number) => boolean) => [
  pairs('pairs', finite, defined),
  pairs('NaN, infinities', special, (a, b) => defined(a, b) && !(Number.isFinite(a) && Number.isFinite(b))),
];

function integers({ f, defined = () => true, whole: has = () => true }: BinaryKernel): Input[] {
  const fits = (a: number, b: number) => defined(a, b) && has(a, b) && Math.abs(f(a, b)) < 2 ** 31;
  return [
    pairs('int32', whole, fits),
    {
      theme: 'int32, [6,1] and [4]',
      a: { shape: [6, 1], values: [1, 2, 3, 7, 40, 12] },
      b: { shape: [4], values: [1, 3, 2, 4] },
    },
  ];
}

function shapedInput({ takes = ['float32'], ranges = apart }: BinaryKernel, a: Shape, b: Shape): Input {
  return {
    theme: `[${a}] and [${b}]`,
    a: { shape: a, values: spread(a, 1, takes[0], ranges[0]) },
    b: { shape: b, values: spread(b, 2, takes[0], ranges[1]) },
  };
}

/** Random points, evenly spread; integers other than 0, or flags, where the kernel takes those. */
function spread(shape: Shape, seed: number, dtype: Dtype, [low, high]: Range): number[] {
  const points = Array.from(values(sizeOf(shape), seed), (value) =>
    Math.fround(low + ((high - low) * (value + 1)) / 2),
  );
  if (dtype === 'float32') return points;
  return points.map((point) => (dtype === 'bool' ? Number(point > 0) : Math.round(10 * point) || 1));
}

/** f at each place of the broadcast result. */
function mapped({ a, b }: Input, f: (a: number, b: number) => number) {
  const shape = broadcastShape(a.shape, b.shape);
  const [left, right] = [sources(a.shape, shape), sources(b.shape, shape)];
  return { shape, left, right, results: Float64Array.from(left, (from, i) => f(a.values[from], b.values[right[i]])) };
}

function forward(each: BinaryKernel, input: Input, taken: Dtype): KernelCase {
  const { kernel, op, f, precision = 'rounded', terms, dtype = taken } = each;
  const { a, b } = input;
  const expected = () => mapped(input, f).results;
  return {
    kernel,
    of: 'forward',
    name: input.theme,
    compute: () => op(tensor([...a.values], [...a.shape], taken), tensor([...b.values], [...b.shape], taken)),
    shape: broadcastShape(a.shape, b.shape),
    dtype,
    expected: () => (dtype === 'float32' ? Float32Array.from(expected()) : expected()),
    precision: dtype === 'float32' ? precision : 'exact',
    ...(terms && { terms: () => mapped(input, terms).results }),
  };
}

function gradient(each: BinaryKernel, input: Input, slope: BinaryKernel['f'], which: number): KernelCase {
  const { kernel, op, precision = 'rounded' } = each;
  const operands = [input.a, input.b];
  const shape = broadcastShape(input.a.shape, input.b.shape);
  const dy = cotangents(sizeOf(shape));
  const added = (each: (value: number) => number) => {
    const { left, right, results } = mapped(input, slope);
    const products = results.map((value, i) => each(dy[i] * value));
    return summed(products, [left, right][which], operands[which].values.length);
  };
  return {
    kernel,
    of: 'gradient',
    name: `${input.theme}, with respect to ${'ab'[which]}`,
    compute() {
      const [a, b] = operands.map((each) => tensor([...each.values], [...each.shape]));
      const f = which === 0 ? (x: Tensor) => op(x, b) : (x: Tensor) => op(a, x);
      return grad(f)(which === 0 ? a : b, tensor(dy, shape));
    },
    shape: operands[which].shape,
    dtype: 'float32',
    expected: () => Float32Array.from(added((value) => value)),
    terms: () => added(Math.abs),
    precision: precision === 'exact' ? 'rounded' : precision,
  };
}
