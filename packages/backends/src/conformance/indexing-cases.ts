import {
  gather,
  gatherND,
  type Scalar,
  scatterND,
  sparseToDense,
  type Tensor,
  type Tensor1D,
  tensor,
  tensor1d,
  tensorScatterUpdate,
  unsortedSegmentSum,
} from '@tensorflow/tfjs-core';
import { copied, flat, type LinearMap, picked, placeOf, run, sizeOf, type Tap } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { type LinearKernel, linearCases } from './linear-cases';

type Shape = readonly number[];
type Kind = Pick<LinearKernel, 'dtype' | 'data'>;

const text = (value: unknown) => JSON.stringify(value);
const kinds: Kind[] = [{}, { data: 'special' }, { dtype: 'int32' }, { dtype: 'bool' }];
const numbers: Kind[] = [{}, { dtype: 'int32' }];

/** Integers as nested lists, with their shape. */
interface Indices {
  list: number[];
  shape: number[];
}
const vector = (...list: number[]): Indices => ({ list, shape: [list.length] });
const integers = ({ list, shape }: Indices) => tensor(list, shape, 'int32');

function gathers(input: Shape, indices: Indices, axis: number, kind: Kind = {}) {
  const along = axis < 0 ? axis + input.length : axis;
  const map = picked(
    input,
    input.map((size, each) => (each === along ? indices.list : run(size))),
  );
  return linearCases({
    kernel: 'GatherV2',
    name: `${text(input)} at ${text(indices)} along ${axis}`,
    inputs: [input],
    map: { ...map, shape: [...input.slice(0, along), ...indices.shape, ...input.slice(along + 1)] },
    compute: (x) => gather(x, integers(indices), axis),
    backward: 'gradient',
    ...kind,
  });
}

/** Each image of the batch with indices of its own: `[batch, .., axis, ..]` at `[batch, k]`. */
function batchGathers(input: Shape, list: number[][], axis: number, kind: Kind = {}) {
  const shape = [...input.slice(0, axis), list[0].length, ...input.slice(axis + 1)];
  return linearCases({
    kernel: 'GatherV2',
    name: `${text(input)} at ${text(list)} along ${axis}, batch of indices`,
    inputs: [input],
    map: copied(shape, (place) => flat(place.with(axis, list[place[0]][place[axis]]), input)),
    compute: (x) => gather(x, integers({ list: list.flat(), shape: [list.length, list[0].length] }), axis, 1),
    backward: 'gradient',
    ...kind,
  });
}

/** A gather whose last axis of indices is a place in the first axes of the input. */
function gatherPlaces(input: Shape, places: number[][], kind: Kind = {}, outer = [places.length]) {
  const depth = places[0].length;
  const shape = [...outer, ...input.slice(depth)];
  return linearCases({
    kernel: 'GatherNd',
    name: `${text(input)} at ${text(places)}, ${text(outer)}`,
    inputs: [input],
    map: copied(shape, (place) => {
      const which = flat(place.slice(0, outer.length), outer);
      return flat([...places[which], ...place.slice(outer.length)], input);
    }),
    compute: (x) => gatherND(x, tensor(places.flat(), [...outer, depth], 'int32')),
    ...kind,
  });
}

/** Row k of the input is added at place k of the output; a place that is undefined drops it. */
function scattered(rows: number, places: readonly (number[] | undefined)[], output: Shape): LinearMap {
  const depth = places.find((place) => place)?.length ?? output.length;
  const inner = output.slice(depth);
  const into = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const place = places[row];
    if (place === undefined) continue;
    const at = flat(place, output);
    into.set(at, [...(into.get(at) ?? []), row]);
  }
  return {
    shape: output,
    taps(at) {
      const place = placeOf(at, output);
      const from = into.get(flat(place.slice(0, depth), output)) ?? [];
      return from.map((row): Tap => [row * sizeOf(inner) + flat(place.slice(depth), inner), 1]);
    },
  };
}

function scatters(output: number[], places: number[][], kind: Kind = {}) {
  const depth = places[0].length;
  return linearCases({
    kernel: 'ScatterNd',
    name: `${text(places)} of ${text(output)}`,
    inputs: [[places.length, ...output.slice(depth)]],
    map: scattered(places.length, places, output),
    compute: (updates) => scatterND(tensor(places, undefined, 'int32'), updates, output),
    ...kind,
  });
}

function updates(input: number[], places: number[][], kind: Kind = {}) {
  const depth = places[0].length;
  const inner = input.slice(depth);
  return linearCases({
    kernel: 'TensorScatterUpdate',
    name: `${text(places)} of ${text(input)}`,
    inputs: [input, [places.length, ...inner]],
    map: copied(input, (place) => {
      const which = places.findIndex((each) => each.every((p, axis) => p === place[axis]));
      if (which < 0) return flat(place, input);
      return sizeOf(input) + which * sizeOf(inner) + flat(place.slice(depth), inner);
    }),
    compute: (x, values) => tensorScatterUpdate(x, tensor(places, undefined, 'int32'), values),
    ...kind,
  });
}

function segments(input: Shape, ids: number[], count: number, kind: Kind = {}) {
  const output = [count, ...input.slice(1)];
  return linearCases({
    kernel: 'UnsortedSegmentSum',
    name: `${text(input)} into ${text(ids)} of ${count}`,
    inputs: [input],
    map: scattered(
      ids.length,
      ids.map((id) => (id < 0 ? undefined : [id])),
      output,
    ),
    compute: (x) => unsortedSegmentSum(x, tensor1d(ids, 'int32'), count),
    backward: 'gradient',
    ...kind,
  });
}

/** An infinity or NaN belongs to its own segment and to no other. */
function segmentOf(special: number): KernelCase {
  return {
    kernel: 'UnsortedSegmentSum',
    of: 'forward',
    name: `${special} in one segment`,
    compute: () => unsortedSegmentSum(tensor1d([1, special, 2, 3]), tensor1d([0, 1, 2, 0], 'int32'), 4),
    shape: [4],
    dtype: 'float32',
    expected: () => [4, special, 2, 0],
    precision: 'exact',
  };
}

function dense(output: number[], places: number[][], constant: number, kind: Kind = {}) {
  const map = scattered(places.length, places, output);
  const name = `${text(places)} of ${text(output)} on ${constant}`;
  return linearCases({
    kernel: 'SparseToDense',
    name,
    inputs: [[places.length]],
    map: { ...map, fill: () => constant },
    compute: (values: Tensor) =>
      sparseToDense(
        tensor(places, undefined, 'int32'),
        values as Tensor1D,
        output,
        tensor(constant, [], values.dtype) as Scalar,
      ),
    ...kind,
  });
}

const gatherCases = [
  ...kinds.flatMap((kind) => gathers([5, 3], vector(4, 0, 4), 0, kind)),
  ...kinds.flatMap((kind) => gathers([2, 5, 3], vector(4, 1, 1, 0), 1, kind)),
  ...gathers([7], vector(6, 0, 3), 0),
  ...gathers([3, 7], vector(5, 5, 5, 2, 0), -1),
  ...gathers([2, 3, 4, 5], vector(3, 1, 3), 2),
  ...gathers([2, 3, 4, 5], vector(2, 0), -3),
  ...gathers([4, 3], { list: [3, 0, 1, 1, 2, 3], shape: [2, 3] }, 0),
  ...gathers([2, 4, 3], { list: [3, 0, 1, 1], shape: [2, 2] }, 1),
  ...gathers([4, 3], { list: [2], shape: [] }, 0),
  ...gathers([2, 10], { list: [3], shape: [] }, 1),
  ...gathers([4, 3], vector(), 0),
  ...gathers([0, 3], vector(2, 0), 1),
  ...batchGathers(
    [3, 7],
    [
      [6, 0],
      [2, 2],
      [5, 1],
    ],
    1,
  ),
  ...kinds.flatMap((kind) =>
    batchGathers(
      [2, 5, 3],
      [
        [4, 0, 4],
        [1, 2, 3],
      ],
      1,
      kind,
    ),
  ),
  ...batchGathers(
    [2, 3, 5],
    [
      [4, 0],
      [1, 1],
    ],
    2,
  ),
];

const placeCases = [
  ...kinds.flatMap((kind) =>
    gatherPlaces(
      [3, 5],
      [
        [2, 4],
        [0, 0],
        [2, 4],
      ],
      kind,
    ),
  ),
  ...kinds.flatMap((kind) =>
    gatherPlaces(
      [3, 5, 2],
      [
        [2, 4],
        [0, 1],
      ],
      kind,
    ),
  ),
  ...gatherPlaces([4, 3], [[3], [0], [3]]),
  ...gatherPlaces([2, 3, 4, 5], [[1, 2, 3, 4]]),
  ...gatherPlaces(
    [5, 2, 3],
    [
      [4, 1],
      [0, 0],
      [3, 1],
      [3, 0],
    ],
    {},
    [2, 2],
  ),
  ...numbers.flatMap((kind) => scatters([5], [[3], [0], [3], [1]], kind)),
  ...numbers.flatMap((kind) => scatters([4, 3], [[2], [0], [2]], kind)),
  ...numbers.flatMap((kind) =>
    scatters(
      [3, 5],
      [
        [2, 4],
        [0, 1],
        [2, 4],
        [2, 3],
      ],
      kind,
    ),
  ),
  ...scatters(
    [3, 5],
    [
      [2, 4],
      [0, 1],
      [2, 3],
    ],
    { data: 'special' },
  ),
  ...scatters(
    [2, 3, 2, 3],
    [
      [1, 0],
      [0, 2],
    ],
  ),
  ...numbers.flatMap((kind) => updates([7], [[3], [0]], kind)),
  ...numbers.flatMap((kind) => updates([4, 3], [[2], [0]], kind)),
  ...updates([4, 3], [[2], [0]], { data: 'special' }),
  ...updates(
    [3, 5],
    [
      [2, 4],
      [0, 1],
    ],
  ),
  ...updates(
    [2, 3, 2, 3],
    [
      [1, 0],
      [0, 2],
    ],
  ),
  ...numbers.flatMap((kind) => dense([7], [[2], [5]], 0, kind)),
  ...numbers.flatMap((kind) =>
    dense(
      [3, 5],
      [
        [0, 4],
        [2, 1],
      ],
      -3,
      kind,
    ),
  ),
  ...dense(
    [3, 5],
    [
      [0, 4],
      [2, 1],
    ],
    Number.NaN,
  ),
  ...dense(
    [2, 3, 2],
    [
      [0, 2, 1],
      [1, 0, 0],
      [1, 2, 1],
    ],
    0.5,
  ),
];

const segmentCases = [
  ...numbers.flatMap((kind) => segments([5], [2, 0, 2, 1, 0], 3, kind)),
  ...numbers.flatMap((kind) => segments([5, 3], [2, 0, 2, -1, 4], 5, kind)),
  ...segments([4, 2, 3], [1, 1, 3, 0], 4),
  ...segments([3, 2, 3, 2], [0, 0, 0], 2),
  ...segments([3], [-1, -1, -1], 2),
  ...segments([0, 3], [], 2),
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(segmentOf),
];

/**
 * Kernels that read or write by index: gathers, scatters and sums over segments. Indices repeat, so that their gradients, and
 * the scatters themselves, must add. Indices are within range; what lies outside is an error or undefined, as backends will.
 */
export const indexingCases: readonly KernelCase[] = [...gatherCases, ...placeCases, ...segmentCases];
