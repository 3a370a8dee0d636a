import { reverse, transpose } from '@tensorflow/tfjs-core';
import { copied, flat, picked, run } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { keptCases, type LinearKernel, linearCases, numberCases } from './linear-cases';

type Shape = readonly number[];
const text = (value: unknown) => JSON.stringify(value);

function reversed(input: Shape, axes?: number[]): LinearKernel {
  const turned = (axes ?? run(input.length)).map((axis) => (axis < 0 ? axis + input.length : axis));
  return {
    kernel: 'Reverse',
    name: `${text(input)} along ${axes === undefined ? 'all' : text(axes)}`,
    inputs: [input],
    map: picked(
      input,
      input.map((size, axis) => (turned.includes(axis) ? run(size, size - 1, -1) : run(size))),
    ),
    compute: (x) => reverse(x, axes),
    backward: 'gradient',
  };
}

/** `order` as digits: `0312` is NHWC to NCHW. */
function transposed(input: Shape, order: string): LinearKernel {
  const perm = [...order].map(Number);
  return {
    kernel: 'Transpose',
    name: `${text(input)} to ${order}`,
    inputs: [input],
    map: copied(
      perm.map((axis) => input[axis]),
      (place) =>
        flat(
          input.map((_, axis) => place[perm.indexOf(axis)]),
          input,
        ),
    ),
    compute: (x) => transpose(x, perm),
    backward: 'gradient',
  };
}

/** Kernels that turn a tensor about its axes: Reverse, Transpose. */
export const turningCases: readonly KernelCase[] = [
  ...[reversed([7], [0]), reversed([2, 3, 5, 3], [2])].flatMap(numberCases),
  // Stock wasm writes four bytes for each bool: those of two stay within the memory that it reserves for them.
  ...linearCases({ ...reversed([2], [0]), dtype: 'bool' }),
  ...[
    reversed([3, 5]),
    reversed([3, 5], [-1]),
    reversed([2, 3, 5], [0, 2]),
    reversed([2, 3, 5, 3], [1, -2]),
    reversed([2, 3, 2, 3]),
    reversed([0, 3], [1]),
  ].flatMap(linearCases),
  ...[
    transposed([5, 7], '10'),
    transposed([3, 5, 7], '201'),
    transposed([2, 3, 5, 7], '0312'),
    transposed([2, 3, 2, 3, 5], '01324'),
  ].flatMap(keptCases),
  ...[
    ...['01', '10'].map((order) => transposed([37, 17], order)),
    ...['012', '021', '102', '120', '210'].map((order) => transposed([3, 5, 7], order)),
    ...['0231', '3210', '1023', '2301', '3201', '0213'].map((order) => transposed([2, 3, 5, 7], order)),
    transposed([2, 3, 1, 5], '0213'),
    transposed([2, 3, 2, 3, 5], '42031'),
    transposed([2, 1, 3, 2, 3, 2], '531024'),
    transposed([0, 3, 5], '201'),
  ].flatMap(linearCases),
];
