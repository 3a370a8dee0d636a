import {
  add,
  addN,
  atan2,
  conv2d,
  div,
  equal,
  floorDiv,
  grad,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  maximum,
  minimum,
  mod,
  mul,
  notEqual,
  pow,
  prelu,
  squaredDifference,
  sub,
  type Tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  transpose,
} from '@tensorflow/tfjs-core';
import { type BinaryKernel, casesOfBinary } from './binary-case';
import { fixed } from './fixed-case';
import { flat, placeOf } from './float64/linear-map';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { casesOfUnary, type UnaryKernel } from './unary-case';

const both = ['float32', 'int32'] as const;
const all = ['float32', 'int32', 'bool'] as const;
const apart = (a: number, b: number) => a !== b;
const number = (x: number) => !Number.isNaN(x);
const divisor = [0.5, 2] as const;

const arithmetic: readonly BinaryKernel[] = [
  { kernel: 'Add', op: add, f: (a, b) => a + b, slopes: [() => 1, () => 1], takes: both },
  { kernel: 'Sub', op: sub, f: (a, b) => a - b, slopes: [() => 1, () => -1], takes: both },
  { kernel: 'Multiply', op: mul, f: (a, b) => a * b, slopes: [(_, b) => b, (a) => a], takes: both },
  {
    kernel: 'RealDiv',
    op: div,
    f: (a, b) => a / b,
    slopes: [(_, b) => 1 / b, (a, b) => -a / (b * b)],
    // Of the square of b, too.
    smooth: (_, b) => Math.abs(b) > 1e-16,
    ranges: [[-2, 2], divisor],
  },
  {
    kernel: 'SquaredDifference',
    op: squaredDifference,
    f: (a, b) => (a - b) ** 2,
    slopes: [(a, b) => 2 * (a - b), (a, b) => 2 * (b - a)],
    takes: both,
  },
  {
    kernel: 'Maximum',
    op: maximum,
    f: Math.max,
    slopes: [(a, b) => Number(a > b), (a, b) => Number(b > a)],
    takes: both,
    precision: 'exact',
    smooth: apart,
  },
  {
    kernel: 'Minimum',
    op: minimum,
    f: Math.min,
    slopes: [(a, b) => Number(a < b), (a, b) => Number(b < a)],
    takes: both,
    precision: 'exact',
    smooth: apart,
  },
  // Of floats, cpu's quotient is int32 and PyTorch's is not. Its gradient is tfjs's convention: that of a / b.
  { kernel: 'FloorDiv', op: floorDiv, f: (a, b) => Math.floor(a / b), takes: ['int32'], defined: (_, b) => b !== 0 },
  {
    kernel: 'Mod',
    op: mod,
    f: (a, b) => (a % b !== 0 && a < 0 !== b < 0 ? (a % b) + b : a % b),
    slopes: [() => 1, (a, b) => -Math.floor(a / b)],
    // a - b floor(a / b)
    terms: (a, b) => Math.abs(a) + Math.abs(b),
    takes: both,
    // Where the remainder rounds to b itself, cpu gives 0 and PyTorch b; of infinite b, cpu NaN; beyond quotients of 2^20, the
    // rounding of a GPU's division decides.
    defined: (a, b) => Number.isFinite(b) && Math.abs(a / b) < 2 ** 20 && (a === 0 || Math.abs(a / b) > 1e-6),
    ranges: [[-2, 2], divisor],
  },
  {
    kernel: 'Pow',
    op: pow,
    f: (a, b) => a ** b,
    slopes: [(a, b) => b * a ** (b - 1), (a, b) => a ** b * Math.log(a)],
    takes: both,
    precision: 'transcendental',
    // C and PyTorch: 1 to any power, and -1 to an infinite one, is 1; JavaScript: NaN.
    defined: (a, b) => Math.abs(a) !== 1 || Number.isFinite(b),
    smooth: (a, b) => a > 0 && Math.abs(b * Math.log(a)) < 20,
    whole: (_, b) => b >= 0,
    ranges: [divisor, [-2, 2]],
  },
  {
    kernel: 'Atan2',
    op: atan2,
    f: Math.atan2,
    slopes: [(a, b) => b / (a * a + b * b), (a, b) => -a / (a * a + b * b)],
    precision: 'transcendental',
    smooth: (a, b) => Math.hypot(a, b) > 1e-6,
    ranges: [[-2, 2], divisor],
  },
  {
    kernel: 'Prelu',
    op: prelu,
    f: (x, alpha) => (x < 0 ? alpha * x : x),
    slopes: [(x, alpha) => (x > 0 ? 1 : alpha), (x) => Math.min(x, 0)],
    // PyTorch multiplies 0 by the slope, cpu does not.
    defined: (x, alpha) => x !== 0 || Number.isFinite(alpha),
    onto: true,
  },
];

const comparison = (kernel: string, op: BinaryKernel['op'], f: (a: number, b: number) => boolean): BinaryKernel => ({
  kernel,
  op,
  f: (a, b) => Number(f(a, b)),
  takes: all,
  dtype: 'bool',
});

const comparisons: readonly BinaryKernel[] = [
  comparison('Equal', equal, (a, b) => a === b),
  comparison('NotEqual', notEqual, (a, b) => a !== b),
  comparison('Greater', greater, (a, b) => a > b),
  comparison('GreaterEqual', greaterEqual, (a, b) => a >= b),
  comparison('Less', less, (a, b) => a < b),
  comparison('LessEqual', lessEqual, (a, b) => a <= b),
  { ...comparison('LogicalAnd', logicalAnd, (a, b) => a + b === 2), takes: ['bool'] },
  { ...comparison('LogicalOr', logicalOr, (a, b) => a + b > 0), takes: ['bool'] },
];

/** x to constant powers, for x of either sign and 0. */
const powers = [0, 1, 2, 3, -1].map(
  (exponent): UnaryKernel => ({
    kernel: 'Pow',
    name: `x^${exponent}`,
    op: (x) => pow(x, exponent),
    f: (x) => x ** exponent,
    df: (x) => (exponent === 0 ? 0 : exponent * x ** (exponent - 1)),
    defined: (x) => exponent !== 0 || number(x),
  }),
);

const addends = [0, 1, 2].map((which) => Float32Array.from({ length: 15 }, (_, i) => (i + 1) ** which - 7));
const sums: readonly KernelCase[] = [
  {
    kernel: 'AddN',
    of: 'forward',
    name: 'three of [5,3]',
    compute: () => addN(addends.map((values) => tensor2d(values, [5, 3]))),
    shape: [5, 3],
    dtype: 'float32',
    expected: () => addends[0].map((value, i) => value + addends[1][i] + addends[2][i]),
    precision: 'exact',
  },
  {
    kernel: 'AddN',
    of: 'gradient',
    name: 'three times the same',
    compute: () => grad((x) => addN([x, x, x]))(tensor2d(addends[2], [5, 3]), tensor2d(addends[1], [5, 3])),
    shape: [5, 3],
    dtype: 'float32',
    expected: () => addends[1].map((value) => 3 * value),
    precision: 'exact',
  },
];

const least = -(2 ** 31);
const dividends = [least, least, least, 7, -7, 7, -7, 0, 5, -5, 0, 2 ** 31 - 1, 1, 2 ** 31 - 1];
const divisors = [-1, 0, least, 2, 2, -2, -2, 3, 0, 0, 0, -1, least, 2 ** 30];

/** Of int32, by 0, which gives 0, and over the edge of 32 bits, where the quotient that they cannot hold is the dividend itself. */
const divisions: readonly KernelCase[] = (
  [
    ['FloorDiv', 'floorDiv', floorDiv, [least, 0, 1, 3, -4, -4, 3, 0, 0, 0, 0, -(2 ** 31 - 1), -1, 1]],
    ['FloorDiv', 'div', div, [least, 0, 1, 3, -4, -4, 3, 0, 0, 0, 0, -(2 ** 31 - 1), -1, 1]],
    ['Mod', 'mod', mod, [0, 0, 0, 1, 1, -1, -1, 0, 0, 0, 0, 0, least + 1, 2 ** 30 - 1]],
  ] as const
).map(([kernel, name, op, values]) =>
  fixed({
    kernel,
    name: `${name} of int32 by 0 and over 32 bits`,
    compute: () => op(tensor1d(dividends, 'int32'), tensor1d(divisors, 'int32')),
    shape: [dividends.length],
    dtype: 'int32',
    values,
  }),
);

/** What a graph makes, which it may lay as it likes, and what comes to it turned about, which it may not. */
const turned: readonly KernelCase[] = (
  [
    ['before', (made: Tensor, given: Tensor) => add(given, made)],
    ['after', (made: Tensor, given: Tensor) => add(made, given)],
  ] as const
).map(([where, op]) => {
  const shape = [2, 3, 4, 5] as const;
  const x = values(120, 1);
  const w = values(5, 2);
  return fixed({
    kernel: 'Add',
    name: `transposed, ${where} a convolution`,
    compute() {
      const images = conv2d(tensor4d(x, [...shape]), tensor4d(w, [1, 1, 5, 1]), 1, 'valid');
      return op(images, transpose(tensor4d(x.subarray(0, 24), [1, 4, 3, 2]), [3, 2, 1, 0]));
    },
    shape: [2, 3, 4, 1],
    dtype: 'float32',
    precision: 'arithmetic',
    values: () =>
      Float64Array.from({ length: 24 }, (_, at) => {
        const [n, row, column] = placeOf(at, [2, 3, 4]);
        const pixel = x.subarray(5 * at, 5 * at + 5).reduce((sum, each, i) => sum + each * w[i], 0);
        return pixel + x[flat([column, row, n], [4, 3, 2])];
      }),
  });
});

/** Every binary kernel with all kinds of broadcasting, forward and gradient, and `AddN`. */
export const binaryCases: readonly KernelCase[] = [
  ...[...arithmetic, ...comparisons].flatMap(casesOfBinary),
  ...powers.flatMap(casesOfUnary),
  ...sums,
  ...divisions,
  ...turned,
];
