import { slice, split, stridedSlice, transpose, unstack } from '@tensorflow/tfjs-core';
import { picked, run } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { keptCases, type LinearKernel, linearCases } from './linear-cases';

type Shape = readonly number[];
const text = (value: unknown) => JSON.stringify(value);

function sliced(input: Shape, begin: number[], size: number[]): LinearKernel {
  const lists = begin.map((from, axis) => run(size[axis] < 0 ? input[axis] - from : size[axis], from));
  return {
    kernel: 'Slice',
    name: `${text(input)} from ${text(begin)}, ${text(size)}`,
    inputs: [input],
    map: picked(input, lists),
    compute: (x) => slice(x, begin, size),
    backward: 'gradient',
  };
}

/** Backends keep a slice as a view of its source: a view of a view must still be the right part, copied or not. */
const slicedTwice: LinearKernel = {
  kernel: 'Slice',
  name: 'a slice of a slice, transposed',
  inputs: [[6, 5]],
  map: { ...picked([6, 5], [[2, 3], [1]]), shape: [1, 2] },
  compute: (x) => transpose(slice(slice(x, [1, 1], [4, 3]), [1, 0], [2, 1])),
  backward: 'gradient',
};

interface Stride {
  begin: number[];
  end: number[];
  strides: number[];
  /** beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask. */
  masks?: [begin: number, end?: number, ellipsis?: number, newAxis?: number, shrinkAxis?: number];
  /** What is taken, along each axis of the input. */
  lists: number[][];
  /** Where axes come or go. */
  shape?: number[];
}

function strided(input: Shape, { begin, end, strides, masks = [0], lists, shape }: Stride): LinearKernel {
  const map = picked(input, lists);
  return {
    kernel: 'StridedSlice',
    name: `${text(input)} from ${text(begin)} to ${text(end)} by ${text(strides)}, masks ${text(masks)}`,
    inputs: [input],
    map: { ...map, shape: shape ?? map.shape },
    compute: (x) => stridedSlice(x, begin, end, strides, ...masks),
  };
}

/** One of the parts that an axis is cut into. */
function part(input: Shape, axis: number, from: number, size: number) {
  const along = axis < 0 ? axis + input.length : axis;
  return picked(
    input,
    input.map((length, each) => (each === along ? run(size, from) : run(length))),
  );
}

function splits(input: Shape, axis: number, sizes: number | number[]): LinearKernel[] {
  const length = input.at(axis) ?? 0;
  const lengths = typeof sizes === 'number' ? run(sizes, length / sizes, 0) : sizes;
  return lengths.map((size, which) => ({
    kernel: 'SplitV',
    name: `${text(input)} into ${text(sizes)} along ${axis}, part ${which + 1}`,
    inputs: [input],
    map: part(
      input,
      axis,
      lengths.slice(0, which).reduce((a, b) => a + b, 0),
      size,
    ),
    compute: (x) => split(x, sizes, axis)[which],
    backward: 'gradient',
  }));
}

function unpacked(input: Shape, axis: number, which: number): LinearKernel {
  const along = axis < 0 ? axis + input.length : axis;
  return {
    kernel: 'Unpack',
    name: `${text(input)} along ${axis}, slice ${which}`,
    inputs: [input],
    map: { ...part(input, axis, which, 1), shape: input.toSpliced(along, 1) },
    compute: (x) => unstack(x, axis)[which],
    backward: 'gradient',
  };
}

const keptParts = [
  sliced([11], [3], [5]),
  sliced([5, 7], [1, 2], [3, 5]),
  sliced([3, 4, 5], [1, 0, 2], [2, 4, 1]),
  sliced([2, 5, 6, 3], [0, 1, 2, 0], [2, 3, 3, 3]),
  sliced([2, 3, 2, 3, 4], [1, 1, 0, 0, 1], [1, 2, 2, 2, 3]),
  strided([9], { begin: [1], end: [8], strides: [3], lists: [[1, 4, 7]] }),
  strided([5, 7], { begin: [0, 1], end: [5, 7], strides: [2, 2], lists: [[0, 2, 4], run(3, 1, 2)] }),
  strided([2, 6, 5, 3], {
    begin: [0, 0, 4, 0],
    end: [2, 6, 0, 3],
    strides: [1, 2, -2, 1],
    lists: [run(2), [0, 2, 4], [4, 2], run(3)],
  }),
  ...splits([2, 7], 1, [1, 4, 2]),
  unpacked([3, 5], 0, 2),
];

const parts = [
  sliced([7], [0], [7]),
  sliced([5, 7], [2, 0], [2, -1]),
  sliced([2, 5, 6, 3], [1, 4, 5, 2], [1, 1, 1, 1]),
  sliced([2, 2, 3, 2, 3, 2], [0, 1, 1, 0, 1, 1], [2, 1, 2, 2, 1, 1]),
  sliced([4, 3], [2, 0], [0, 3]),
  sliced([0, 4, 4, 3], [0, 1, 1, 0], [0, 2, 2, 3]),
  slicedTwice,
  strided([9], { begin: [8], end: [1], strides: [-2], lists: [[8, 6, 4, 2]] }),
  strided([5, 7], { begin: [-1, 0], end: [0, 9], strides: [-1, 1], masks: [2, 3], lists: [run(5, 4, -1), run(7)] }),
  strided([3, 4, 5], {
    begin: [1, 2],
    end: [2, 4],
    strides: [1, 2],
    masks: [0, 0, 0, 0, 1],
    lists: [[1], [2], run(5)],
    shape: [1, 5],
  }),
  strided([3, 4, 5], {
    begin: [0, 1],
    end: [0, 5],
    strides: [1, 3],
    masks: [0, 0, 1],
    lists: [run(3), run(4), [1, 4]],
  }),
  strided([4, 5], {
    begin: [0, 0, 0],
    end: [0, 4, 5],
    strides: [1, 3, 1],
    masks: [0, 0, 0, 1],
    lists: [[0, 3], run(5)],
    shape: [1, 2, 5],
  }),
  strided([4, 5], { begin: [2, 0], end: [2, 5], strides: [1, 2], lists: [[], [0, 2, 4]] }),
  ...splits([12], 0, 3),
  ...splits([2, 3, 3, 6], -1, 2),
  ...splits([4, 3], 0, [4, 0]),
  unpacked([3], 0, 1),
  unpacked([2, 3, 4], -1, 3),
  unpacked([2, 3, 4, 5], 1, 0),
];

/** Kernels that take parts of a tensor: Slice, StridedSlice (which has no gradient in tfjs), SplitV, Unpack. */
export const cuttingCases: readonly KernelCase[] = [...keptParts.flatMap(keptCases), ...parts.flatMap(linearCases)];
