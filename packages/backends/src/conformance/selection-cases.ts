import { grad, oneHot, type Tensor, tensor, where } from '@tensorflow/tfjs-core';
import { constantCases } from './constant-cases';
import { conversionCases } from './conversion-cases';
import { data, dtypes, fixed } from './fixed-case';
import { cotangents } from './float64/cotangents';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';

type Shape = readonly number[];
type Dtype = KernelCase['dtype'];

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

interface Classes {
  shape: Shape;
  indices: readonly number[];
  depth: number;
  on?: number;
  off?: number;
}
const classes: readonly Classes[] = [
  { shape: [4], indices: [0, 2, 1, 2], depth: 3 },
  { shape: [4], indices: [0, 2, 1, 2], depth: 3, on: 7, off: -3 },
  { shape: [5], indices: [3, -1, 0, 100, 2], depth: 3 },
  { shape: [2, 3], indices: [0, 9, 4, 5, 5, 1], depth: 10 },
  { shape: [1], indices: [0], depth: 2 },
  { shape: [0], indices: [], depth: 3 },
];
// Bools last: stock wasm writes over its memory there, and no kernel is sure to work after that.
const oneHots = dtypes.flatMap((dtype) =>
  classes
    .filter(({ on }) => dtype !== 'bool' || on === undefined)
    .map(({ shape, indices, depth, on = 1, off = 0 }) =>
      fixed({
        kernel: 'OneHot',
        name: `[${indices}] of ${depth}, ${on} and ${off}, ${dtype}`,
        compute: () => oneHot(tensor([...indices], [...shape], 'int32'), depth, on, off, dtype),
        shape: [...shape, depth],
        dtype,
        values: indices.flatMap((index) => Array.from({ length: depth }, (_, column) => (column === index ? on : off))),
      }),
    ),
);
const halves = fixed({
  kernel: 'OneHot',
  name: 'smoothed labels, 0.9 and 0.05',
  compute: () => oneHot(tensor([2, 0], [2], 'int32'), 3, 0.9, 0.05, 'float32'),
  shape: [2, 3],
  dtype: 'float32',
  values: [0.05, 0.05, 0.9, 0.9, 0.05, 0.05].map(Math.fround),
});

const selectShapes: readonly Shape[] = [[], [1], [3], [5], [16], [17], [64], [1000], [2, 3, 4, 5], [0, 3]];

function selects(shape: Shape, dtype: Dtype): KernelCase {
  const [flags, yes, no] = [data(shape, 1, 'bool'), data(shape, 2, dtype), data(shape, 3, dtype)];
  return fixed({
    kernel: 'Select',
    name: `[${shape}], ${dtype}`,
    compute: () =>
      where(tensor(flags, [...shape], 'bool'), tensor(yes, [...shape], dtype), tensor(no, [...shape], dtype)),
    shape,
    dtype,
    values: () => flags.map((flag, i) => (flag ? yes : no)[i]),
  });
}

const pick = [1, 0, 1, 0, 0];
const [finite, special] = [
  [1, 2, 3, 4, 5],
  [nan, inf, -inf, nan, inf],
];
const chosen = (dtype: Dtype, yes: number[], no: number[], name: string) =>
  fixed({
    kernel: 'Select',
    name,
    compute: () => where(tensor(pick, [5], 'bool'), tensor(yes, [5], dtype), tensor(no, [5], dtype)),
    shape: [5],
    dtype,
    values: pick.map((flag, i) => (flag ? yes : no)[i]),
  });

const branches = (['t', 'e'] as const).map((branch) => {
  const dy = cotangents(60);
  const flags = data([3, 4, 5], 1, 'bool');
  return fixed({
    kernel: 'Select',
    of: 'gradient',
    name: `[3,4,5], with respect to ${branch}`,
    compute() {
      const other = tensor(Array(60).fill(nan), [3, 4, 5]);
      const condition = tensor(flags, [3, 4, 5], 'bool');
      const op = (x: Tensor) => (branch === 't' ? where(condition, x, other) : where(condition, other, x));
      return grad(op)(tensor(values(60, 2), [3, 4, 5]), tensor(dy, [3, 4, 5]));
    },
    shape: [3, 4, 5],
    dtype: 'float32',
    values: flags.map((flag, i) => (Boolean(flag) === (branch === 't') ? dy[i] : 0)),
  });
});

const selections = [
  ...selectShapes.map((shape) => selects(shape, 'float32')),
  ...selectShapes.map((shape) => selects(shape, 'int32')),
  chosen('float32', finite, special, 'NaN, infinities where not'),
  chosen('float32', special, finite, 'NaN, infinities where so'),
  chosen('int32', [16777217, -1, -16777219, 0, 7], [5, 16777219, 0, 2147483647, -2147483648], 'int32 beyond float32'),
  ...branches,
  // Last, as above.
  ...selectShapes.map((shape) => selects(shape, 'bool')),
];

/** Kernels that convert, test, bound, make and choose values, forward and gradient. */
export const selectionCases: readonly KernelCase[] = [
  ...conversionCases,
  ...constantCases,
  halves,
  ...oneHots,
  ...selections,
];
