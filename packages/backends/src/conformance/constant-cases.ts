import { engine, fill, linspace, onesLike, range, type Tensor, tensor, zerosLike } from '@tensorflow/tfjs-core';
import { data, dtypes, fixed } from './fixed-case';
import { sizeOf } from './float64/linear-map';
import type { KernelCase } from './kernel-case';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const constants = [
  ...(
    [
      ['float32', [2, 3], -0.1],
      ['float32', [], nan],
      ['float32', [1001], inf],
      ['float32', [0, 3], 1],
      ['int32', [5], 16777217],
      ['int32', [2, 2], -7],
      ['bool', [7], 1],
    ] as const
  ).map(([dtype, shape, value]) =>
    fixed({
      kernel: 'Fill',
      name: `[${shape}] with ${value}, ${dtype}`,
      // The op itself knows no bool: the kernel does.
      compute: () => (dtype === 'bool' ? filled(shape, value) : fill([...shape], value, dtype)),
      shape,
      dtype,
      values: Array(sizeOf(shape)).fill(dtype === 'float32' ? Math.fround(value) : value),
    }),
  ),
  ...dtypes.flatMap((dtype) =>
    ([[2, 3], [17], [], [0, 2]] as const).flatMap((shape) => [
      fixed({
        kernel: 'ZerosLike',
        name: `[${shape}], ${dtype}`,
        compute: () => zerosLike(tensor(data(shape, 1, dtype), [...shape], dtype)),
        shape,
        dtype,
        values: Array(sizeOf(shape)).fill(0),
      }),
      fixed({
        kernel: 'OnesLike',
        name: `[${shape}], ${dtype}`,
        compute: () => onesLike(tensor(data(shape, 1, dtype), [...shape], dtype)),
        shape,
        dtype,
        values: Array(sizeOf(shape)).fill(1),
      }),
    ]),
  ),
  fixed({
    kernel: 'ZerosLike',
    name: 'of NaN',
    compute: () => zerosLike(tensor([nan, inf, 1])),
    shape: [3],
    dtype: 'float32',
    values: [0, 0, 0],
  }),
];

function filled(shape: readonly number[], value: number): Tensor {
  return engine().runKernel<Tensor>('Fill', {}, { shape: [...shape], value, dtype: 'bool' });
}

const sequences = [
  ...(
    [
      [0, 7, 1, 'float32', [0, 1, 2, 3, 4, 5, 6]],
      [5, 0, -2, 'int32', [5, 3, 1]],
      [0, 1, 0.25, 'float32', [0, 0.25, 0.5, 0.75]],
      [-3, 4, 3, 'int32', [-3, 0, 3]],
      [16777216, 16777219, 1, 'int32', [16777216, 16777217, 16777218]],
      [2, 2, 1, 'float32', []],
    ] as const
  ).map(([start, stop, step, dtype, expected]) =>
    fixed({
      kernel: 'Range',
      name: `${start} to ${stop} by ${step}, ${dtype}`,
      compute: () => range(start, stop, step, dtype),
      shape: [expected.length],
      dtype,
      values: expected,
    }),
  ),
  ...(
    [
      [0, 1, 5],
      [-1, 1, 3],
      [3, -7, 11],
      [0, 1, 101],
      [2, 9, 1],
    ] as const
  ).map(([start, stop, count]) =>
    fixed({
      kernel: 'LinSpace',
      name: `${count} from ${start} to ${stop}`,
      compute: () => linspace(start, stop, count),
      shape: [count],
      dtype: 'float32',
      values: Array.from({ length: count }, (_, i) => start + (i * (stop - start)) / Math.max(count - 1, 1)),
      precision: 'arithmetic',
    }),
  ),
];

/** Kernels that make values of none. */
export const constantCases: readonly KernelCase[] = [...constants, ...sequences];
