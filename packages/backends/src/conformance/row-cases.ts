import { cumprod, cumsum, grad, logSoftmax, softmax, type Tensor, tensor, topk } from '@tensorflow/tfjs-core';
import { cotangents } from './float64/cotangents';
import { sizeOf } from './float64/linear-map';
import * as float64 from './float64/rows';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { sumTolerance } from './sum-tolerance';

type Shape = readonly number[];

/** A kernel that maps each row, along one axis, to a row of its length. */
interface RowKernel {
  kernel: string;
  name: string;
  op(x: Tensor): Tensor;
  /** Of one row, in float64. */
  f(row: number[]): readonly number[];
  /** The gradient's row, of a row and its factors; without it there is no case. */
  pull?(row: number[], dy: number[]): readonly number[];
  /** The size of the terms that either is a sum of, where they cancel. */
  terms?(row: number[]): readonly number[];
  pullTerms?(row: number[], dy: number[]): readonly number[];
  shape: Shape;
  axis: number;
  x: readonly number[];
  dtype?: 'float32' | 'int32';
  precision: KernelCase['precision'];
  tolerance?: KernelCase['tolerance'];
}

function casesOfRows(each: RowKernel): KernelCase[] {
  const { kernel, name, op, f, pull, terms, pullTerms, shape, axis, x, dtype = 'float32', precision, tolerance } = each;
  const dy = cotangents(x.length);
  const rows = () => float64.rows(shape, [axis]);
  const common = { kernel, shape, dtype, precision, ...(tolerance && { tolerance }) };
  const forward: KernelCase = {
    ...common,
    of: 'forward',
    name,
    compute: () => op(tensor([...x], [...shape], dtype)),
    expected: () => float64.mapped(x, rows(), f),
    ...(terms && { terms: () => float64.mapped(x, rows(), terms) }),
  };
  if (!pull) return [forward];
  const pulled = (of: NonNullable<RowKernel['pull']>) => {
    const positions = rows();
    const factors = (which: number) => positions[which].map((at) => dy[at]);
    return float64.mapped(x, positions, (row, which) => of(row, factors(which)));
  };
  const gradient: KernelCase = {
    ...common,
    of: 'gradient',
    name,
    compute: () => grad(op)(tensor([...x], [...shape]), tensor(dy, [...shape])),
    expected: () => pulled(pull),
    ...(pullTerms && { terms: () => pulled(pullTerms) }),
  };
  return [forward, gradient];
}

const random = (shape: Shape, scale = 1) => Array.from(values(sizeOf(shape), 11), (value) => scale * value);

// --- softmax ------------------------------------------------------------------------------------

const { NaN: nan, NEGATIVE_INFINITY: masked } = Number;
interface Logits {
  name: string;
  shape: Shape;
  x: readonly number[];
  /** Its gradient is a number. */
  smooth?: boolean;
}
const logits: readonly Logits[] = [
  ...[[10], [1], [2, 1], [7, 10], [3, 7], [4, 1000], [2, 3, 4, 5], [0, 10]].map((shape) => ({
    name: `[${shape}]`,
    shape,
    x: random(shape, 6),
  })),
  { name: 'logits of 1000', shape: [3, 3], x: [1000, 999, -1000, -1000, -1001, -1e4, 1000, 0, 1000] },
  { name: 'logits of 1e4 and 1e-30', shape: [2, 3], x: [1e4, -1e4, 0, 1e-30, -1e-30, 1e-8] },
  { name: 'masked by -Infinity', shape: [2, 3], x: [0, masked, 1, masked, -1000, masked] },
  { name: 'tails', shape: [3, 5], x: [0, -17, -30, -60, -85, 40, 0, 1, -3, 22, -20, -100, 3, -7, -40] },
  { name: 'NaN in a row', shape: [2, 3], x: [0, nan, 1, 1, 2, 3], smooth: false },
];

function ofLogits({ name, shape, x, smooth = true }: Logits): KernelCase[] {
  const common = { name, shape, axis: shape.length - 1, x, precision: 'transcendental' as const };
  return [
    ...casesOfRows({
      ...common,
      kernel: 'Softmax',
      op: (values) => softmax(values),
      f: float64.softmax,
      pull: smooth ? pullSoftmax : undefined,
      pullTerms: pullSoftmaxTerms,
    }),
    // tfjs composes it of Max, Sub, Exp, Sum and Log.
    ...casesOfRows({
      ...common,
      kernel: 'Log',
      name: `logSoftmax, ${name}`,
      op: (values) => logSoftmax(values),
      f: (row) => row.map((value) => value - float64.logSumExp(row)),
      pull: smooth ? pullLogSoftmax : undefined,
      // That of the largest is the logarithm of a sum of 1 and more.
      terms: (row) => row.map(() => 1),
      pullTerms: pullLogSoftmaxTerms,
    }),
  ];
}

function pullSoftmax(row: number[], dy: number[]) {
  const y = float64.softmax(row);
  const mean = float64.sum(y.map((value, i) => value * dy[i]));
  return y.map((value, i) => value * (dy[i] - mean));
}

function pullSoftmaxTerms(row: number[], dy: number[]) {
  const y = float64.softmax(row);
  const mean = float64.sum(y.map((value, i) => value * Math.abs(dy[i])));
  return y.map((value, i) => value * (Math.abs(dy[i]) + mean));
}

function pullLogSoftmax(row: number[], dy: number[]) {
  const total = float64.sum(dy);
  return float64.softmax(row).map((value, i) => dy[i] - value * total);
}

function pullLogSoftmaxTerms(row: number[], dy: number[]) {
  const total = float64.sum(dy.map(Math.abs));
  return float64.softmax(row).map((value, i) => Math.abs(dy[i]) + value * total);
}

// --- running sums and products --------------------------------------------------------------------

const directions = [false, true].flatMap((exclusive) => [false, true].map((reverse) => ({ exclusive, reverse })));
const plus = (total: number, value: number) => total + value;
const times = (total: number, value: number) => total * value;

const running = directions.flatMap((direction) => {
  const { exclusive, reverse } = direction;
  const how = `${exclusive ? 'exclusive' : 'inclusive'}${reverse ? ', reverse' : ''}`;
  const place = (shape: Shape, axis: number) => ({ name: `[${shape}], axis ${axis}, ${how}`, shape, axis });
  const sums = (shape: Shape, axis: number, rest: Partial<RowKernel> = {}) =>
    casesOfRows({
      kernel: 'Cumsum',
      ...place(shape, axis),
      op: (x) => cumsum(x, axis, exclusive, reverse),
      f: (row) => float64.running(row, plus, 0, direction),
      // The transpose: each counts in the totals on the other side of it.
      pull: (_, dy) => float64.running(dy, plus, 0, { exclusive, reverse: !reverse }),
      x: random(shape),
      precision: 'arithmetic',
      tolerance: sumTolerance(shape[axis]),
      ...rest,
    });
  const whole = [16777216, 1, 1, -3, 16777219, 7];
  const products = (shape: Shape, axis: number) =>
    casesOfRows({
      kernel: 'Cumprod',
      ...place(shape, axis),
      op: (x) => cumprod(x, axis, exclusive, reverse),
      f: (row) => float64.running(row, times, 1, direction),
      x: random(shape, 1.5),
      precision: 'arithmetic',
    });
  return [
    ...sums([7], 0),
    ...sums([1], 0),
    ...sums([1000], 0),
    // Square, so that a gradient that is transposed keeps its shape.
    ...sums([4, 4], 0),
    ...sums([3, 4, 5], 0),
    ...sums([3, 4, 5], 1),
    ...sums([3, 4, 5], 2),
    ...sums([6], 0, {
      name: `int32, ${how}`,
      x: whole,
      dtype: 'int32',
      precision: 'exact',
      tolerance: undefined,
      pull: undefined,
    }),
    ...products([7], 0),
    ...products([3, 4, 5], 1),
    ...products([3, 4, 5], 2),
  ];
});

// --- the largest ------------------------------------------------------------------------------------

/** Descending; of equals, the lower index first. */
const ranked = (row: readonly number[], k: number) =>
  row
    .map((_, i) => i)
    .sort((a, b) => (row[a] === row[b] ? a - b : row[b] - row[a]))
    .slice(0, k);

function largest(
  name: string,
  shape: Shape,
  k: number,
  x: readonly number[],
  dtype: 'float32' | 'int32',
): KernelCase[] {
  const rows = float64.rows(shape, [shape.length - 1]).map((positions) => positions.map((at) => x[at]));
  const common = {
    kernel: 'TopK',
    of: 'forward' as const,
    shape: [...shape.slice(0, -1), k],
    precision: 'exact' as const,
  };
  const found = () => topk(tensor([...x], [...shape], dtype), k);
  return [
    {
      ...common,
      name: `${name}, ${k} values`,
      dtype,
      compute: () => found().values,
      expected: () => rows.flatMap((row) => ranked(row, k).map((i) => row[i])),
    },
    {
      ...common,
      name: `${name}, ${k} indices`,
      dtype: 'int32',
      compute: () => found().indices,
      expected: () => rows.flatMap((row) => ranked(row, k)),
    },
  ];
}

const { POSITIVE_INFINITY: inf } = Number;
const topKs = [
  ...largest('[7]', [7], 3, random([7]), 'float32'),
  ...largest('[1]', [1], 1, [-4], 'float32'),
  ...largest('[4,100]', [4, 100], 1, random([4, 100]), 'float32'),
  ...largest('[4,100]', [4, 100], 5, random([4, 100]), 'float32'),
  ...largest('[3,13], all of them', [3, 13], 13, random([3, 13]), 'float32'),
  ...largest('[2,3,1000]', [2, 3, 1000], 10, random([2, 3, 1000]), 'float32'),
  ...largest('ties', [2, 9], 5, [1, 3, 2, 3, 1, 3, 3, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'float32'),
  ...largest('ties of 1000', [1000], 20, Array.from(values(1000, 3, 4)), 'float32'),
  ...largest('all negative, infinities', [2, 5], 3, [-5, -1, -inf, -1, -7, inf, 1e4, -inf, inf, 1e-30], 'float32'),
  ...largest('int32', [2, 4], 3, [16777216, 16777217, 16777219, -16777217, -1, -3, -2, 0], 'int32'),
  ...largest('of no rows', [0, 10], 3, [], 'float32'),
];

/** Softmax and its logarithm, running sums and products, and the largest of each row; forward and gradient. */
export const rowCases: readonly KernelCase[] = [...logits.flatMap(ofLogits), ...running, ...topKs];
