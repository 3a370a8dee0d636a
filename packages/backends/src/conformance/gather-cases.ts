import { gather, gatherND, tensor } from '@tensorflow/tfjs-core';
import { refused } from './fixed-case';
import { copied, flat, picked, run, sizeOf } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { keptCases, type LinearKernel, linearCases } from './linear-cases';

type Shape = readonly number[];
const text = (value: unknown) => JSON.stringify(value);

/** `shape` of the indices where they are no vector. */
function gathered(input: Shape, axis: number, indices: number[], shape: number[] = [indices.length]): LinearKernel {
  const along = axis < 0 ? axis + input.length : axis;
  const map = picked(
    input,
    input.map((size, each) => (each === along ? indices : run(size))),
  );
  return {
    kernel: 'GatherV2',
    name: `${text(input)} along ${axis} at ${text(indices)} of shape ${text(shape)}`,
    inputs: [input],
    map: { ...map, shape: input.toSpliced(along, 1, ...shape) },
    compute: (x) => gather(x, tensor(indices, shape, 'int32'), axis),
    backward: 'gradient',
  };
}

/** Each image of a batch with as many indices of its own: `[batch, .., axis, ..]` at `[batch, k]`. */
function gatheredInBatches(input: Shape, axis: number, indices: number[]): LinearKernel {
  const k = indices.length / input[0];
  return {
    kernel: 'GatherV2',
    name: `${text(input)} along ${axis}, each image at ${k} of ${text(indices)}`,
    inputs: [input],
    map: copied(input.toSpliced(axis, 1, k), (place) =>
      flat(place.with(axis, indices[place[0] * k + place[axis]]), input),
    ),
    compute: (x) => gather(x, tensor(indices, [input[0], k], 'int32'), axis, 1),
    backward: 'gradient',
  };
}

/** Places in the first axes of the input, `depth` numbers each, one behind the other. */
function gatheredPlaces(input: Shape, depth: number, places: number[], outer = [places.length / depth]): LinearKernel {
  const inner = input.slice(depth);
  return {
    kernel: 'GatherNd',
    name: `${text(input)} at ${text(places)} by ${depth}, ${text(outer)}`,
    inputs: [input],
    map: copied([...outer, ...inner], (place) => {
      const which = flat(place.slice(0, outer.length), outer) * depth;
      const first = flat(places.slice(which, which + depth), input.slice(0, depth));
      return first * sizeOf(inner) + flat(place.slice(outer.length), inner);
    }),
    compute: (x) => gatherND(x, tensor(places, [...outer, depth], 'int32')),
  };
}

/** Indices below 0, which count from the end nowhere in tfjs, and beyond the end; of places each number is held to its own axis. */
const outside: readonly KernelCase[] = [
  ...[[0, -1], [3, 0], [2 ** 31 - 1]].map((at) => ({
    kernel: 'GatherV2',
    name: `outside: [3] at ${text(at)}`,
    compute: () => gather(tensor([1, 2, 3]), tensor(at, [at.length], 'int32')),
  })),
  {
    kernel: 'GatherV2',
    name: 'outside: [2,3] along 1, each image at 1 of [1,3]',
    compute: () => gather(tensor([1, 2, 3, 4, 5, 6], [2, 3]), tensor([1, 3], [2, 1], 'int32'), 1, 1),
  },
  ...[
    [0, -1],
    [1, -1],
    [0, 2],
    [-1, 2],
    [2, 0],
  ].map((at) => ({
    kernel: 'GatherNd',
    name: `outside: [2,2] at ${text(at)}`,
    compute: () => gatherND(tensor([1, 2, 3, 4], [2, 2]), tensor(at, [1, 2], 'int32')),
  })),
].map(refused);

/** Kernels that read by index: GatherV2, whose gradient adds where an index repeats, and GatherNd, which has none in tfjs. */
export const gatherCases: readonly KernelCase[] = [
  ...[
    gathered([5, 3], 0, [4, 0, 4]),
    gathered([2, 5, 3], 1, [4, 1, 1, 0]),
    gatheredInBatches([2, 5, 3], 1, [4, 0, 4, 1, 2, 3]),
    gatheredPlaces([3, 5], 2, [2, 4, 0, 0, 2, 4]),
    gatheredPlaces([3, 5, 2], 2, [2, 4, 0, 1]),
  ].flatMap(keptCases),
  ...[
    gathered([7], 0, [6, 0, 3]),
    gathered([3, 7], -1, [5, 5, 5, 2, 0]),
    gathered([2, 3, 4, 5], 2, [3, 1, 3]),
    gathered([2, 3, 4, 5], -3, [2, 0]),
    gathered([4, 3], 0, [3, 0, 1, 1, 2, 3], [2, 3]),
    gathered([2, 4, 3], 1, [3, 0, 1, 1], [2, 2]),
    gathered([4, 3], 0, [2], []),
    gathered([2, 10], 1, [3], []),
    gathered([4, 3], 0, []),
    gathered([0, 3], 1, [2, 0]),
    gatheredInBatches([3, 7], 1, [6, 0, 2, 2, 5, 1]),
    gatheredInBatches([2, 3, 5], 2, [4, 0, 1, 1]),
    gatheredPlaces([4, 3], 1, [3, 0, 3]),
    gatheredPlaces([4, 3], 1, []),
    gatheredPlaces([2, 3, 4, 5], 4, [1, 2, 3, 4]),
    gatheredPlaces([5, 2, 3], 2, [4, 1, 0, 0, 3, 1, 3, 0], [2, 2]),
  ].flatMap(linearCases),
  ...outside,
];
