import {
  cast,
  clipByValue,
  engine,
  grad,
  isFinite as isFiniteOf,
  isInf,
  isNaN as isNaNOf,
  logicalNot,
  type Tensor,
  tensor,
} from '@tensorflow/tfjs-core';
import { data, fixed } from './fixed-case';
import { cotangents } from './float64/cotangents';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const casts = (
  [
    // PyTorch, C and cpu cut towards 0.
    [
      'float32',
      'int32',
      [1.7, -1.7, 0.5, -0.5, 0, 1e4, -1e4, 16777216, 1e-30],
      [1, -1, 0, 0, 0, 1e4, -1e4, 16777216, 0],
    ],
    ['float32', 'bool', [0.5, 256, -1, nan, 0, 1e-30, inf, -0.25, 65536], [1, 1, 1, 1, 0, 1, 1, 1, 1]],
    ['float32', 'float32', [0.5, nan, -inf], [0.5, nan, -inf]],
    ['int32', 'float32', [3, -7, 16777216, 16777218, 0], [3, -7, 16777216, 16777218, 0]],
    ['int32', 'bool', [1, 0, 256, -1, 65536, 7, -2147483648], [1, 0, 1, 1, 1, 1, 1]],
    ['int32', 'int32', [16777217, -1], [16777217, -1]],
    ['bool', 'float32', [1, 0, 1, 1, 0], [1, 0, 1, 1, 0]],
    ['bool', 'int32', [1, 0, 1, 1, 0], [1, 0, 1, 1, 0]],
    ['bool', 'bool', [1, 0, 1], [1, 0, 1]],
  ] as const
).flatMap(([from, to, x, expected]) => [
  fixed({
    kernel: 'Cast',
    name: `${from} to ${to}`,
    compute: () => cast(tensor([...x], [x.length], from), to),
    shape: [x.length],
    dtype: to,
    values: expected,
  }),
  fixed({
    kernel: 'Cast',
    name: `${from} to ${to}, no elements`,
    compute: () => cast(tensor([], [0, 2], from), to),
    shape: [0, 2],
    dtype: to,
    values: [],
  }),
]);

/** What int32 cannot hold: its last 32 bits, and 0 of what has no number, as ECMAScript's ToInt32, and cpu by it, has it. */
const unholdable = fixed({
  kernel: 'Cast',
  name: 'float32 to int32, NaN, infinities and what is too large',
  compute: () =>
    cast(tensor([nan, inf, -inf, 3e9, -3e9, 1e30, -1e30, 2 ** 31, -(2 ** 31), 2 ** 32 + 2 ** 10, -(2 ** 40)]), 'int32'),
  shape: [11],
  dtype: 'int32',
  values: [0, 0, 0, 3e9 - 2 ** 32, 2 ** 32 - 3e9, 0, 0, -(2 ** 31), -(2 ** 31), 2 ** 10, 0],
});

const tests = (
  [
    ['IsNan', isNaNOf, Number.isNaN],
    ['IsInf', isInf, (x: number) => Math.abs(x) === inf],
    ['IsFinite', isFiniteOf, Number.isFinite],
  ] as const
).flatMap(([kernel, op, is]) =>
  [
    [nan, inf, -inf, 0, -0, 1, -1, 1e-30, 3e38, -3e38, nan, 7, 5],
    Array.from(values(1001, 1), (value, i) => (i % 7 ? value : [nan, inf, -inf][i % 3])),
    [],
  ].map((x) =>
    fixed({
      kernel,
      name: `[${x.length}]`,
      compute: () => op(tensor(x, [x.length], 'float32')),
      shape: [x.length],
      dtype: 'bool',
      values: x.map((value) => Number(is(value))),
    }),
  ),
);

const not = [[1, 0, 0, 1, 1], data([1001], 1, 'bool'), []].map((x) =>
  fixed({
    kernel: 'LogicalNot',
    name: `[${x.length}]`,
    compute: () => logicalNot(tensor(x, [x.length], 'bool')),
    shape: [x.length],
    dtype: 'bool',
    values: x.map((flag) => 1 - flag),
  }),
);

const clipped = (low: number, high: number) => (x: number) => Math.min(Math.max(x, low), high);
const within = (low: number, high: number) => (x: number) => Number(x >= low && x <= high);
const points = [0, -0.3, 0.3, 1, -1, 1e-8, 0.2999, 0.30001, 1e4, -1e4, inf, -inf, nan].map(Math.fround);
const bounds: readonly (readonly [number, number])[] = [
  [0, 1],
  [-0.5, 0.25],
  [0.5, 0.5],
  [0, 0],
  [-1e4, 1e4],
  [0, inf],
  [-inf, 0],
];
const clips = bounds.flatMap(([low, high]) =>
  [points, Array.from(values(1001, 4))].flatMap((x) => {
    const smooth = x.filter((value) => Number.isFinite(value));
    const dy = cotangents(smooth.length);
    const name = `[${x.length}] to [${low}, ${high}]`;
    // The op fills where both bounds are one, and has no gradient there: the kernel has.
    const op = (value: Tensor) =>
      engine().runKernel<Tensor>('ClipByValue', { x: value }, { clipValueMin: low, clipValueMax: high });
    return [
      fixed({
        kernel: 'ClipByValue',
        name,
        compute: () => op(tensor(x, [x.length])),
        shape: [x.length],
        dtype: 'float32',
        values: x.map(clipped(low, high)),
      }),
      fixed({
        kernel: 'ClipByValue',
        of: 'gradient',
        name,
        compute: () => grad(op)(tensor(smooth, [smooth.length]), tensor(dy, [smooth.length])),
        shape: [smooth.length],
        dtype: 'float32',
        // Both bounds within, as torch.clamp has it.
        values: smooth.map(within(low, high)).map((slope, i) => slope * dy[i]),
      }),
    ];
  }),
);
const otherClips = [
  fixed({
    kernel: 'ClipByValue',
    name: 'int32',
    compute: () => clipByValue(tensor([-5, 3, 16777217, 7, 0], [5], 'int32'), -2, 7),
    shape: [5],
    dtype: 'int32',
    values: [-2, 3, 7, 7, 0],
  }),
  fixed({
    kernel: 'ClipByValue',
    name: 'no elements',
    compute: () => clipByValue(tensor([], [0, 3]), 0, 1),
    shape: [0, 3],
    dtype: 'float32',
    values: [],
  }),
];

/** Kernels that convert, test and bound each element, forward and gradient. */
export const conversionCases: readonly KernelCase[] = [...casts, unholdable, ...tests, ...not, ...clips, ...otherClips];
