import {
  concat,
  scatterND,
  sparseToDense,
  type Tensor1D,
  type Tensor2D,
  tensor,
  tensor1d,
  tensor2d,
  tensorScatterUpdate,
  unsortedSegmentSum,
} from '@tensorflow/tfjs-core';
import { fixed, refused } from './fixed-case';
import { flat, type LinearMap, sizeOf, type Tap } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { type LinearKernel, linearCases, numberCases } from './linear-cases';

type Shape = readonly number[];
const text = (value: unknown) => JSON.stringify(value);

/** Places in the first axes of the output, `depth` numbers each, one behind the other; -1 is nowhere. */
interface Places {
  depth: number;
  at: number[];
}

/** Row k of the input is added at place k of the output. */
function added(output: Shape, { depth, at }: Places): LinearMap {
  const inner = sizeOf(output.slice(depth));
  const rows = new Map<number, number[]>();
  for (let row = 0; row < at.length / depth; row++) {
    const place = at.slice(row * depth, (row + 1) * depth);
    if (place.includes(-1)) continue;
    const first = flat(place, output);
    rows.set(first, [...(rows.get(first) ?? []), row]);
  }
  return {
    shape: output,
    taps(position) {
      const from = rows.get(Math.floor(position / inner)) ?? [];
      return from.map((row): Tap => [row * inner + (position % inner), 1]);
    },
  };
}

const named = (output: Shape, { depth, at }: Places) => `${text(output)} at ${text(at)} by ${depth}`;
const indices = ({ depth, at }: Places) => tensor(at, [at.length / depth, depth], 'int32');
const rowsOf = (output: Shape, { depth, at }: Places) => [at.length / depth, ...output.slice(depth)];

function scattered(output: number[], places: Places): LinearKernel {
  return {
    kernel: 'ScatterNd',
    name: named(output, places),
    inputs: [rowsOf(output, places)],
    map: added(output, places),
    compute: (updates) => scatterND(indices(places), updates, output),
  };
}

/** Row k of the second input takes the place of what stood at place k of the first. */
function updated(input: number[], places: Places): LinearKernel {
  const rows = added(input, places);
  return {
    kernel: 'TensorScatterUpdate',
    name: named(input, places),
    inputs: [input, rowsOf(input, places)],
    map: {
      shape: input,
      taps(position) {
        const [tap] = rows.taps(position);
        return [tap ? [sizeOf(input) + tap[0], 1] : [position, 1]];
      },
    },
    compute: (x, updates) => tensorScatterUpdate(x, indices(places), updates),
  };
}

function dense(output: number[], places: Places, constant: number): LinearKernel {
  return {
    kernel: 'SparseToDense',
    name: `${named(output, places)}, elsewhere ${constant}`,
    inputs: [[places.at.length / places.depth]],
    map: { ...added(output, places), fill: () => constant },
    compute: (x) => sparseToDense(indices(places), x as Tensor1D, output, tensor(constant, [], x.dtype)),
  };
}

function segments(input: Shape, count: number, ids: number[]): LinearKernel {
  return {
    kernel: 'UnsortedSegmentSum',
    name: `${text(input)} into ${count} by ${text(ids)}`,
    inputs: [input],
    map: added([count, ...input.slice(1)], { depth: 1, at: ids }),
    compute: (x) => unsortedSegmentSum(x, tensor1d(ids, 'int32'), count),
    backward: 'gradient',
  };
}

/** Of a kernel that adds rows, `[rows, width]` into so many places, several times, one result behind the other. */
const crowd = (
  kernel: string,
  op: (at: Int32Array, x: Tensor2D, places: number) => Tensor2D,
  [rows, width, places, times]: readonly number[],
): KernelCase => {
  const numbers = () => Float32Array.from({ length: rows * width }, (_, i) => i % 7);
  return fixed({
    kernel,
    name: `${times} times [${rows},${width}] into ${places}`,
    compute() {
      const [at, x] = [Int32Array.from({ length: rows }, (_, row) => row % places), numbers()];
      return concat(Array.from({ length: times }, () => op(at, tensor2d(x, [rows, width]), places)));
    },
    shape: [places * times, width],
    dtype: 'float32',
    values() {
      const sums = new Float64Array(places * width);
      for (const [i, each] of numbers().entries()) sums[(Math.floor(i / width) % places) * width + (i % width)] += each;
      return Array.from({ length: times }, () => [...sums]).flat();
    },
  });
};

/**
 * So many rows into so few places that threads which add at once meet there; several times, since they may miss each other. Whole
 * numbers, each sum of which float32 holds.
 */
const crowded: readonly KernelCase[] = [
  [60_000, 16, 3, 1],
  [400_000, 1, 1, 4],
].flatMap((size) => [
  crowd('ScatterNd', (at, x, places) => scatterND(tensor(at, [at.length, 1]), x, [places, x.shape[1]]), size),
  crowd('UnsortedSegmentSum', (at, x, places) => unsortedSegmentSum(x, tensor1d(at), places), size),
]);

/** Below 0 and beyond the end: nothing may be written, least of all elsewhere. */
const outside: readonly KernelCase[] = [
  ...[
    [0, -1],
    [3, 0],
  ].flatMap((at) => {
    const indices = () => tensor(at, [2, 1], 'int32');
    return [
      {
        kernel: 'ScatterNd',
        name: `outside: [3] at ${text(at)}`,
        compute: () => scatterND(indices(), tensor1d([5, 6]), [3]),
      },
      {
        kernel: 'TensorScatterUpdate',
        name: `outside: [3] at ${text(at)}`,
        compute: () => tensorScatterUpdate(tensor1d([7, 8, 9]), indices(), tensor1d([5, 6])),
      },
      {
        kernel: 'SparseToDense',
        name: `outside: [3] at ${text(at)}`,
        compute: () => sparseToDense(indices(), tensor1d([5, 6]), [3], 0),
      },
    ];
  }),
  ...[
    [1, -1],
    [0, 2],
  ].flatMap((at) => {
    const indices = () => tensor(at, [1, 2], 'int32');
    return [
      {
        kernel: 'ScatterNd',
        name: `outside: [2,2] at ${text(at)}`,
        compute: () => scatterND(indices(), tensor1d([5]), [2, 2]),
      },
      {
        kernel: 'TensorScatterUpdate',
        name: `outside: [2,2] at ${text(at)}`,
        compute: () => tensorScatterUpdate(tensor([1, 2, 3, 4], [2, 2]), indices(), tensor1d([5])),
      },
      {
        kernel: 'SparseToDense',
        name: `outside: [2,2] at ${text(at)}`,
        compute: () => sparseToDense(indices(), tensor1d([5]), [2, 2], 0),
      },
    ];
  }),
].map(refused);

/**
 * Kernels that write by index: ScatterNd and UnsortedSegmentSum add what meets in a place, TensorScatterUpdate and SparseToDense
 * put it there. A NaN or infinity stays in its place; a segment of -1 is dropped. tfjs has a gradient of the segments alone.
 */
export const scatterCases: readonly KernelCase[] = [
  ...[
    scattered([3, 5], { depth: 2, at: [2, 4, 0, 1, 2, 3] }),
    updated([7], { depth: 1, at: [3, 0] }),
    updated([4, 3], { depth: 1, at: [2, 0] }),
    dense([7], { depth: 1, at: [2, 5] }, 0),
    dense([3, 5], { depth: 2, at: [0, 4, 2, 1] }, -3),
    segments([5], 5, [3, 0, 4, 1, 2]),
    segments([5], 3, [2, 0, 2, 1, 1]),
    segments([5, 3], 5, [2, 0, 2, -1, 4]),
  ].flatMap(numberCases),
  ...[
    scattered([5], { depth: 1, at: [3, 0, 3, 1] }),
    scattered([4, 3], { depth: 1, at: [2, 0, 2] }),
    scattered([3, 5], { depth: 2, at: [2, 4, 0, 1, 2, 4, 2, 3] }),
    scattered([2, 3, 2, 3], { depth: 2, at: [1, 0, 0, 2] }),
    scattered([4, 3], { depth: 1, at: [] }),
  ].flatMap((each) => [...linearCases(each), ...linearCases({ ...each, dtype: 'int32' })]),
  ...[
    updated([3, 5], { depth: 2, at: [2, 4, 0, 1] }),
    updated([2, 3, 2, 3], { depth: 2, at: [1, 0, 0, 2] }),
    updated([4, 3], { depth: 1, at: [] }),
    dense([3, 5], { depth: 2, at: [0, 4, 2, 1] }, Number.NaN),
    dense([2, 3, 2], { depth: 3, at: [0, 2, 1, 1, 0, 0, 1, 2, 1] }, 0.5),
    segments([4, 2, 3], 4, [1, 1, 3, 0]),
    segments([3, 2, 3, 2], 2, [0, 0, 0]),
    segments([3], 2, [-1, -1, -1]),
    segments([0, 3], 2, []),
  ].flatMap(linearCases),
  ...crowded,
  ...outside,
];
