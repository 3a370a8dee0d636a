import { broadcastTo, clone, expandDims, reshape, squeeze, type Tensor, tile } from '@tensorflow/tfjs-core';
import { copied, flat, picked, run } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { keptCases, type LinearKernel, linearCases } from './linear-cases';

type Shape = readonly number[];
const text = (value: unknown) => JSON.stringify(value);

function tiled(input: Shape, reps: number[]): LinearKernel {
  return {
    kernel: 'Tile',
    name: `${text(input)} by ${text(reps)}`,
    inputs: [input],
    map: picked(
      input,
      input.map((size, axis) => run(reps[axis]).flatMap(() => run(size))),
    ),
    compute: (x) => tile(x, reps),
    backward: 'gradient',
  };
}

/** tfjs 4.22 broadcasts by Tile; no backend has a kernel BroadcastTo. */
function broadcast(input: Shape, shape: number[]): LinearKernel {
  const long = [...run(shape.length - input.length, 1, 0), ...input];
  return {
    kernel: 'Tile',
    name: `${text(input)} broadcast to ${text(shape)}`,
    inputs: [input],
    map: picked(
      long,
      long.map((size, axis) => (size === shape[axis] ? run(size) : run(shape[axis], 0, 0))),
    ),
    compute: (x) => broadcastTo(x, shape),
    backward: 'gradient',
  };
}

/** The same values in the same order, in another shape. */
function renamed(kernel: string, input: Shape, shape: Shape, compute: (x: Tensor) => Tensor): LinearKernel {
  return {
    kernel,
    name: `${text(input)} to ${text(shape)}`,
    inputs: [input],
    map: copied(shape, (place) => flat(place, shape)),
    compute,
    backward: 'gradient',
  };
}

const reshaped = (input: Shape, shape: number[]) => renamed('Reshape', input, shape, (x) => reshape(x, shape));
const expanded = (input: Shape, axis: number, shape: number[]) =>
  renamed('ExpandDims', input, shape, (x) => expandDims(x, axis));
const identity = (input: Shape) => renamed('Identity', input, input, (x) => clone(x));

/** Kernels that repeat values or only change a shape: Tile (and broadcasts), Reshape, ExpandDims, Identity. */
export const repeatingCases: readonly KernelCase[] = [
  ...[
    tiled([3], [4]),
    tiled([2, 3], [3, 2]),
    tiled([2, 3, 2, 3], [2, 1, 3, 2]),
    broadcast([1, 1, 1, 3], [2, 3, 5, 3]),
    reshaped([3, 5], [15]),
    expanded([3, 5], 1, [3, 1, 5]),
    identity([3, 5]),
  ].flatMap(keptCases),
  ...[
    tiled([2, 3], [1, 1]),
    tiled([2, 1, 3], [1, 7, 5]),
    tiled([1, 1, 1, 5], [2, 3, 4, 1]),
    tiled([2, 3], [0, 2]),
    tiled([0, 3], [2, 2]),
    // tfjs differentiates tiles of rank 1 to 4 and refuses others.
    { ...tiled([2, 1, 2, 1, 3], [1, 2, 2, 3, 1]), backward: undefined },
    broadcast([], [3, 5]),
    broadcast([3], [5, 3]),
    broadcast([2, 1, 1, 1], [2, 3, 5, 3]),
    broadcast([2, 1, 3, 1], [2, 4, 3, 5]),
    reshaped([6, 10], [2, 3, 1, 5, 1, 2]),
    reshaped([1, 1], []),
    reshaped([0, 3], [0, 5]),
    renamed('Reshape', [2, 1, 3, 1], [2, 3], (x) => squeeze(x)),
    expanded([], 0, [1]),
    expanded([2, 3, 5], -1, [2, 3, 5, 1]),
    identity([]),
    identity([0, 2]),
  ].flatMap(linearCases),
];
