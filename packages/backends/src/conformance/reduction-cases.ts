import { all, any, argMax, argMin, logSumExp, max, mean, min, prod, sum, tensor } from '@tensorflow/tfjs-core';
import * as float64 from './float64/rows';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { casesOfReduction, type ReductionKernel } from './reduction-case';
import { sumTolerance } from './sum-tolerance';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const nonfinite = [
  [1, nan, 2, 3, 4],
  [nan, 1, 2, 3, 4],
  [1, 2, 3, 4, nan],
  [inf, 1, nan, 2, 3],
  [inf, 1, -2, 3, 4],
  [-inf, 1, -2, 3, 4],
  [-inf, -inf, -inf, -inf, -inf],
  [-1, -2, -3, -4, -5],
  [1e4, -1e4, 1e-8, 1e-30, 0.5],
];
/** Whose sums, products and extremes int32 holds and float32 does not. */
const whole = [
  [16777216, 1, 1, 1, 1],
  [-16777216, -1, -1, -1, 0],
  [-3, -7, -11, -13, -40],
  [11, 2145001, 7, 13, 1],
];
const ties = [
  [1, 3, 2, 3, 3],
  [0, 0, 0, 0, 0],
  [-5, -1, -1, -7, -7],
  [-inf, -inf, 2, inf, inf],
  [-3, -3, -inf, -inf, -2],
];
const logits = [
  [1000, 999, -1000, 0, 998],
  [-1000, -1001, -1000.5, -1002, -1e4],
  [0, 0, 0, 0, 0],
  [1e4, 88, 89, -1e4, 1e-30],
  [0, -inf, 1, -inf, 2],
  [0, -17, -30, -60, -85],
  [40, 0, 1, -3, 22],
];
const others = (row: number[]) => row.map((_, at) => float64.product(row.filter((_, i) => i !== at)));
const marked = (row: number[], at: number) => row.map((_, i) => Number(i === at));
/** Where the extreme stands, which is NaN where the row has one. */
const firstOf = (best: (row: number[]) => number) => (row: number[]) =>
  row.findIndex((each) => Object.is(each + 0, best(row) + 0));

const reductions: readonly ReductionKernel[] = [
  {
    kernel: 'Sum',
    op: sum,
    f: float64.sum,
    df: (row) => row.map(() => 1),
    precision: 'arithmetic',
    tolerance: sumTolerance,
    special: [...nonfinite, [inf, 1, -inf, 2, 3]],
    whole: whole.slice(0, 2),
    ofNone: true,
  },
  { kernel: 'Sum', name: 'bool', op: sum, f: float64.sum, precision: 'exact', takes: 'bool', dtype: 'int32' },
  {
    kernel: 'Mean',
    op: mean,
    f: (row) => float64.sum(row) / row.length,
    df: (row) => row.map(() => 1 / row.length),
    precision: 'arithmetic',
    special: nonfinite,
    whole: [[1, 2, 4, 8, -40]],
    dtype: 'float32',
    ofNone: true,
  },
  {
    kernel: 'Prod',
    op: prod,
    f: float64.product,
    df: others,
    precision: 'arithmetic',
    range: [0.9, 1.1],
    special: [...nonfinite.slice(0, 7), [-1, 2, -0.5, 3, 0]],
    smooth: [
      [1, -2, 0.5, 3, -4],
      [1, -2, 0, 3, -4],
      [0, -2, 0, 3, -4],
    ],
    whole: whole.slice(2),
    ofNone: true,
  },
  {
    kernel: 'Max',
    op: max,
    f: float64.largest,
    df: (row) => marked(row, row.indexOf(float64.largest(row))),
    precision: 'exact',
    special: nonfinite,
    smooth: nonfinite.slice(-2),
    whole,
  },
  {
    kernel: 'Min',
    op: min,
    f: float64.smallest,
    df: (row) => marked(row, row.indexOf(float64.smallest(row))),
    precision: 'exact',
    special: nonfinite,
    smooth: nonfinite.slice(-2),
    whole,
  },
  {
    // tfjs composes it of Max, Sub, Exp, Sum and Log. Of a row of infinities it makes NaN, and PyTorch does not.
    kernel: 'Log',
    name: 'logSumExp',
    op: logSumExp,
    f: float64.logSumExp,
    df: float64.softmax,
    precision: 'transcendental',
    // Of the largest, whose slope is what the others leave of 1, and of the logarithm of a sum of 1 and more.
    terms: (row) => Math.max(1, Math.abs(float64.largest(row))),
    slopeTerms: (row) => row.map((value) => Number(value === float64.largest(row))),
    special: [...logits, [1, nan, 2, 3, 4]],
    smooth: logits,
  },
  {
    kernel: 'All',
    op: all,
    f: (row) => Number(row.every(Boolean)),
    precision: 'exact',
    takes: 'bool',
    ofNone: true,
    special: [
      [1, 1, 1],
      [1, 0, 1],
      [0, 0, 0],
    ],
  },
  {
    kernel: 'Any',
    op: any,
    f: (row) => Number(row.some(Boolean)),
    precision: 'exact',
    takes: 'bool',
    ofNone: true,
    special: [
      [1, 1, 1],
      [1, 0, 1],
      [0, 0, 0],
    ],
  },
  {
    kernel: 'ArgMax',
    op: (x, axis) => argMax(x, axis as number),
    f: firstOf(float64.largest),
    precision: 'exact',
    dtype: 'int32',
    oneAxis: true,
    special: [...ties, ...nonfinite.slice(0, 4)],
    whole,
  },
  {
    kernel: 'ArgMin',
    op: (x, axis) => argMin(x, axis as number),
    f: firstOf(float64.smallest),
    precision: 'exact',
    dtype: 'int32',
    oneAxis: true,
    special: [...ties, ...nonfinite.slice(0, 4)],
    whole,
  },
];

const many = 100_000;
const long = (kernel: string, name: string, x: () => Float32Array, rest: Partial<KernelCase> = {}): KernelCase => ({
  kernel,
  of: 'forward',
  name: `${many} values, ${name}`,
  compute: () => (kernel === 'Sum' ? sum : mean)(tensor(x())),
  shape: [],
  dtype: 'float32',
  expected: () => [float64.sum(x()) / (kernel === 'Sum' ? 1 : many)],
  precision: 'arithmetic',
  ...rest,
});
const signed = () => values(many, 9);
const longSums = [
  long('Sum', 'of either sign', signed, { tolerance: sumTolerance(many) }),
  long('Sum', 'positive', () => signed().map(Math.abs)),
  long('Sum', 'all 0.1', () => new Float32Array(many).fill(0.1)),
  long('Mean', 'of either sign', signed),
  long('Mean', 'positive', () => signed().map(Math.abs)),
  long('Mean', 'all 0.1', () => new Float32Array(many).fill(0.1)),
];

/** Every kernel that reduces along axes, forward and gradient. */
export const reductionCases: readonly KernelCase[] = [...reductions.flatMap(casesOfReduction), ...longSums];
