import {
  batchToSpaceND,
  broadcastTo,
  clone,
  concat,
  depthToSpace,
  expandDims,
  mirrorPad,
  pad,
  reshape,
  reverse,
  slice,
  spaceToBatchND,
  split,
  squeeze,
  stack,
  stridedSlice,
  type Tensor,
  type Tensor4D,
  tile,
  transpose,
  unstack,
} from '@tensorflow/tfjs-core';
import { copied, flat, type LinearMap, picked, run, sizeOf } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { type LinearKernel, linearCases } from './linear-cases';

type Shape = readonly number[];
type Pads = [before: number, after: number][];
type Move = Omit<LinearKernel, 'kernel' | 'inputs' | 'name'>;

/** A kernel of one input, with a tfjs gradient unless said. */
function moves(kernel: string, name: string, input: Shape, move: Move): KernelCase[] {
  return linearCases({ kernel, name, inputs: [input], backward: 'gradient', ...move });
}

/** The same kernel on the types and values that a copy must leave alone. */
function kept(...all: Parameters<typeof moves>): KernelCase[] {
  return [...keptNumbers(...all), ...ofBools(...all)];
}

function keptNumbers(...[kernel, name, input, move]: Parameters<typeof moves>): KernelCase[] {
  return [
    ...moves(kernel, name, input, move),
    ...moves(kernel, name, input, { ...move, data: 'special' }),
    ...moves(kernel, name, input, { ...move, dtype: 'int32' }),
  ];
}

function ofBools(...[kernel, name, input, move]: Parameters<typeof moves>): KernelCase[] {
  return moves(kernel, name, input, { ...move, dtype: 'bool' });
}

const text = (value: unknown) => JSON.stringify(value);
const same = (shape: Shape, input: Shape = shape): LinearMap =>
  copied(shape, (place) => (sizeOf(input) === sizeOf(shape) ? flat(place, shape) : -1));

// --- cutting ------------------------------------------------------------------------------------

function sliced(input: Shape, begin: number[], size: number[], cases = moves) {
  const lists = begin.map((from, axis) => run(size[axis] < 0 ? input[axis] - from : size[axis], from));
  return cases('Slice', `${text(input)} from ${text(begin)}, ${text(size)}`, input, {
    map: picked(input, lists),
    compute: (x) => slice(x, begin, size),
  });
}

const slices = [
  ...sliced([11], [3], [5], kept),
  ...sliced([7], [0], [7]),
  ...sliced([5, 7], [1, 2], [3, 5], kept),
  ...sliced([5, 7], [2, 0], [2, -1]),
  ...sliced([3, 4, 5], [1, 0, 2], [2, 4, 1], kept),
  ...sliced([2, 5, 6, 3], [0, 1, 2, 0], [2, 3, 3, 3], kept),
  ...sliced([2, 5, 6, 3], [1, 4, 5, 2], [1, 1, 1, 1]),
  ...sliced([2, 3, 2, 3, 4], [1, 1, 0, 0, 1], [1, 2, 2, 2, 3], kept),
  ...sliced([2, 2, 3, 2, 3, 2], [0, 1, 1, 0, 1, 1], [2, 1, 2, 2, 1, 1]),
  ...sliced([4, 3], [2, 0], [0, 3]),
  ...sliced([0, 4, 4, 3], [0, 1, 1, 0], [0, 2, 2, 3]),
];

interface Stride {
  end: number[];
  strides: number[];
  /** beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask. */
  masks?: [number, number?, number?, number?, number?];
  lists: number[][];
  /** Where axes come or go. */
  shape?: number[];
}

function strided(input: Shape, begin: number[], { end, strides, masks = [0], lists, shape }: Stride, cases = moves) {
  const map = picked(input, lists);
  const name = `${text(input)} from ${text(begin)} to ${text(end)} by ${text(strides)}, masks ${text(masks)}`;
  return cases('StridedSlice', name, input, {
    map: shape ? { ...map, shape, taps: (at) => map.taps(at) } : map,
    compute: (x) => stridedSlice(x, begin, end, strides, ...masks),
    backward: undefined,
  });
}

const stridedSlices = [
  ...strided([9], [1], { end: [8], strides: [3], lists: [[1, 4, 7]] }, kept),
  ...strided([9], [8], { end: [1], strides: [-2], lists: [[8, 6, 4, 2]] }),
  ...strided([5, 7], [0, 1], { end: [5, 7], strides: [2, 2], lists: [[0, 2, 4], run(3, 1, 2)] }, kept),
  ...strided([5, 7], [-1, 0], { end: [0, 9], strides: [-1, 1], masks: [2, 3], lists: [run(5, 4, -1), run(7)] }),
  ...strided(
    [2, 6, 5, 3],
    [0, 0, 4, 0],
    { end: [2, 6, 0, 3], strides: [1, 2, -2, 1], lists: [[0, 1], [0, 2, 4], [4, 2], run(3)] },
    kept,
  ),
  ...strided([3, 4, 5], [1, 2], {
    end: [2, 4],
    strides: [1, 2],
    masks: [0, 0, 0, 0, 1],
    lists: [[1], [2], run(5)],
    shape: [1, 5],
  }),
  ...strided([3, 4, 5], [0, 1], {
    end: [0, 5],
    strides: [1, 3],
    masks: [0, 0, 1],
    lists: [run(3), run(4), [1, 4]],
  }),
  ...strided([4, 5], [0, 0, 0], {
    end: [0, 4, 5],
    strides: [1, 3, 1],
    masks: [0, 0, 0, 1],
    lists: [[0, 3], run(5)],
    shape: [1, 2, 5],
  }),
  ...strided([4, 5], [2, 0], { end: [2, 5], strides: [1, 2], lists: [[], [0, 2, 4]] }),
];

/** The part of an input along an axis, of a kernel that gives several tensors. */
function part(input: Shape, axis: number, from: number, size: number) {
  return picked(
    input,
    input.map((length, each) => (each === axis ? run(size, from) : run(length))),
  );
}

function splits(input: Shape, axis: number, sizes: number | number[], lengths: number[], cases = moves) {
  const wanted = axis < 0 ? axis + input.length : axis;
  return lengths.flatMap((length, which) =>
    cases('SplitV', `${text(input)} into ${text(sizes)} along ${axis}, part ${which + 1}`, input, {
      map: part(
        input,
        wanted,
        lengths.slice(0, which).reduce((a, b) => a + b, 0),
        length,
      ),
      compute: (x) => split(x, sizes, axis)[which],
    }),
  );
}

function unpacked(input: Shape, axis: number, which: number, cases = moves) {
  const wanted = axis < 0 ? axis + input.length : axis;
  const map = part(input, wanted, which, 1);
  return cases('Unpack', `${text(input)} along ${axis}, slice ${which}`, input, {
    map: { ...map, shape: input.filter((_, each) => each !== wanted), taps: (at) => map.taps(at) },
    compute: (x) => unstack(x, axis)[which],
  });
}

// --- joining ------------------------------------------------------------------------------------

/** Inputs one behind the other along an axis. */
function joined(inputs: readonly Shape[], axis: number): LinearMap {
  const shape = inputs[0].map((size, each) =>
    each === axis ? inputs.reduce((sum, input) => sum + input[axis], 0) : size,
  );
  return copied(shape, (place) => {
    let [before, along] = [0, place[axis]];
    for (const input of inputs) {
      if (along < input[axis]) {
        return (
          before +
          flat(
            place.map((p, each) => (each === axis ? along : p)),
            input,
          )
        );
      }
      along -= input[axis];
      before += sizeOf(input);
    }
    return -1;
  });
}

function joins(inputs: readonly Shape[], axis: number, kind: Pick<LinearKernel, 'dtype' | 'data'> = {}) {
  return linearCases({
    kernel: 'Concat',
    name: `${inputs.map(text).join(' ')} along ${axis}`,
    inputs,
    map: joined(inputs, axis < 0 ? axis + inputs[0].length : axis),
    compute: (...x) => concat(x, axis),
    backward: 'gradient',
    ...kind,
  });
}

function packs(input: Shape, count: number, axis: number, kind: Pick<LinearKernel, 'dtype' | 'data'> = {}) {
  const wanted = axis < 0 ? axis + input.length + 1 : axis;
  const thin = [...input.slice(0, wanted), 1, ...input.slice(wanted)];
  return linearCases({
    kernel: 'Pack',
    name: `${count} of ${text(input)} along ${axis}`,
    inputs: Array.from({ length: count }, () => input),
    map: joined(
      Array.from({ length: count }, () => thin),
      wanted,
    ),
    compute: (...x) => stack(x, axis),
    backward: 'gradient',
    ...kind,
  });
}

const joinings = [
  ...joins([[3], [5], [1]], 0),
  ...joins(
    [
      [2, 3],
      [4, 3],
    ],
    0,
  ),
  ...joins(
    [
      [2, 3],
      [2, 5],
      [2, 1],
    ],
    1,
  ),
  ...joins(
    [
      [2, 3, 3, 5],
      [2, 3, 3, 2],
    ],
    -1,
  ),
  ...joins(
    [
      [2, 3, 3, 5],
      [2, 3, 3, 2],
    ],
    3,
    { data: 'special' },
  ),
  ...joins(
    [
      [2, 3, 3, 5],
      [2, 3, 3, 2],
    ],
    3,
    { dtype: 'int32' },
  ),
  ...joins(
    [
      [2, 3, 3, 5],
      [2, 3, 3, 2],
    ],
    3,
    { dtype: 'bool' },
  ),
  ...joins(
    [
      [1, 2, 3, 2],
      [1, 4, 3, 2],
    ],
    1,
  ),
  ...joins(
    [
      [1, 2, 1, 2, 3],
      [1, 2, 2, 2, 3],
    ],
    2,
  ),
  ...joins(
    [
      [2, 3],
      [0, 3],
      [1, 3],
    ],
    0,
  ),
  ...joins(
    [
      [0, 3],
      [0, 3],
    ],
    0,
  ),
  ...packs([], 3, 0),
  ...packs([5], 3, 0),
  ...packs([5], 3, 1),
  ...packs([2, 3, 4], 2, -1),
  ...packs([2, 3, 4], 2, 1),
  ...packs([2, 3, 4], 1, 2),
  ...packs([5], 3, 1, { data: 'special' }),
  ...packs([5], 3, 1, { dtype: 'int32' }),
  ...packs([5], 3, 1, { dtype: 'bool' }),
  ...packs([0, 3], 2, 0),
];

// --- padding ------------------------------------------------------------------------------------

function padded(input: Shape, pads: Pads, constant: number, cases = moves) {
  const lists = input.map((size, axis) => [...run(pads[axis][0], -1, 0), ...run(size), ...run(pads[axis][1], -1, 0)]);
  return cases('PadV2', `${text(input)} by ${text(pads)} with ${constant}`, input, {
    map: picked(input, lists, constant),
    compute: (x) => pad(x, pads, constant),
  });
}

const rim: Pads = [
  [0, 0],
  [2, 1],
  [1, 3],
  [0, 0],
];
const paddings = [
  ...padded([5], [[2, 3]], 0, kept),
  ...padded([5], [[0, 0]], 0),
  ...padded(
    [3, 5],
    [
      [1, 0],
      [0, 2],
    ],
    -1.5,
  ),
  ...padded(
    [2, 3, 3],
    [
      [0, 1],
      [2, 0],
      [1, 1],
    ],
    1,
  ),
  ...padded([2, 3, 5, 3], rim, 0),
  ...padded([2, 3, 5, 3], rim, 1, kept),
  ...padded([2, 3, 5, 3], rim, Number.NaN),
  ...padded([2, 3, 5, 3], rim, Number.POSITIVE_INFINITY),
  ...padded([2, 3, 5, 3], rim, Number.NEGATIVE_INFINITY),
  ...padded([2, 3, 5, 3], rim, -(2 ** 100)),
  ...padded(
    [1, 3, 2, 2, 2],
    [
      [1, 0],
      [0, 0],
      [0, 1],
      [1, 1],
      [0, 2],
    ],
    0.5,
  ),
  ...padded(
    [0, 3, 3, 2],
    [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
    0,
  ),
];

function mirrored(input: Shape, pads: Pads, mode: 'reflect' | 'symmetric', cases = moves) {
  const edge = mode === 'reflect' ? 1 : 0;
  const lists = input.map((size, axis) => [
    ...run(pads[axis][0], pads[axis][0] - 1 + edge, -1),
    ...run(size),
    ...run(pads[axis][1], size - 1 - edge, -1),
  ]);
  return cases('MirrorPad', `${mode}, ${text(input)} by ${text(pads)}`, input, {
    map: picked(input, lists),
    compute: (x) => mirrorPad(x, pads, mode),
  });
}

const mirrorings = (['reflect', 'symmetric'] as const).flatMap((mode) => [
  ...mirrored([5], [[2, 4]], mode, kept),
  ...mirrored(
    [3, 5],
    [
      [1, 2],
      [0, 3],
    ],
    mode,
  ),
  ...mirrored(
    [3, 2, 5],
    [
      [1, 0],
      [1, 1],
      [2, 2],
    ],
    mode,
  ),
  ...mirrored([2, 3, 5, 3], rim.with(0, [0, 0]), mode, kept),
]);

// --- turning ------------------------------------------------------------------------------------

function reversed(input: Shape, axes: number | number[] | undefined, cases = moves) {
  const turned = axes === undefined ? run(input.length) : [axes].flat();
  const lists = input.map((size, axis) =>
    turned.includes(axis) || turned.includes(axis - input.length) ? run(size, size - 1, -1) : run(size),
  );
  return cases('Reverse', `${text(input)} along ${axes === undefined ? 'all' : text(axes)}`, input, {
    map: picked(input, lists),
    compute: (x) => reverse(x, axes),
  });
}

const reversals = [
  ...reversed([7], 0, keptNumbers),
  // Stock wasm writes four bytes for each bool: of three bools, still within its memory.
  ...reversed([3], 0, ofBools),
  ...reversed([3, 5], undefined),
  ...reversed([3, 5], -1),
  ...reversed([2, 3, 5], [0, 2]),
  ...reversed([2, 3, 5, 3], 2, keptNumbers),
  ...reversed([2, 3, 5, 3], [1, -2]),
  ...reversed([2, 3, 2, 3], undefined),
  ...reversed([0, 3], 1),
];

function transposed(input: Shape, perm: number[], cases = moves) {
  return cases('Transpose', `${text(input)} to ${text(perm)}`, input, {
    map: copied(
      perm.map((axis) => input[axis]),
      (place) =>
        flat(
          input.map((_, axis) => place[perm.indexOf(axis)]),
          input,
        ),
    ),
    compute: (x) => transpose(x, perm),
  });
}

const transpositions = [
  ...transposed([5, 7], [0, 1]),
  ...transposed([5, 7], [1, 0], kept),
  ...transposed([37, 17], [1, 0]),
  ...permutations(3).flatMap((perm) => transposed([3, 5, 7], perm)),
  ...transposed([2, 3, 5, 7], [0, 3, 1, 2], kept),
  ...[
    [0, 2, 3, 1],
    [3, 2, 1, 0],
    [1, 0, 2, 3],
    [2, 3, 0, 1],
    [3, 2, 0, 1],
    [0, 2, 1, 3],
  ].flatMap((perm) => transposed([2, 3, 5, 7], perm)),
  ...transposed([2, 3, 1, 5], [0, 2, 1, 3]),
  ...transposed([2, 3, 2, 3, 5], [4, 2, 0, 3, 1]),
  ...transposed([2, 3, 2, 3, 5], [0, 1, 3, 2, 4], kept),
  ...transposed([2, 1, 3, 2, 3, 2], [5, 3, 1, 0, 2, 4]),
  ...transposed([0, 3, 5], [2, 0, 1]),
];

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) => run(n).map((at) => rest.toSpliced(at, 0, n - 1)));
}

// --- repeating ----------------------------------------------------------------------------------

function tiled(input: Shape, reps: number[], cases = moves) {
  return cases('Tile', `${text(input)} by ${text(reps)}`, input, {
    map: picked(
      input,
      input.map((size, axis) => run(reps[axis]).flatMap(() => run(size))),
    ),
    compute: (x) => tile(x, reps),
  });
}

function broadcast(input: Shape, shape: number[], cases = moves) {
  const long = [...run(shape.length - input.length, 1, 0), ...input];
  return cases('Tile', `${text(input)} broadcast to ${text(shape)}`, input, {
    map: picked(
      long,
      long.map((size, axis) => (size === shape[axis] ? run(size) : run(shape[axis], 0, 0))),
    ),
    compute: (x) => broadcastTo(x, shape),
  });
}

const repetitions = [
  ...tiled([3], [4], kept),
  ...tiled([2, 3], [3, 2], kept),
  ...tiled([2, 3], [1, 1]),
  ...tiled([2, 1, 3], [1, 7, 5]),
  ...tiled([1, 1, 1, 5], [2, 3, 4, 1]),
  ...tiled([2, 3, 2, 3], [2, 1, 3, 2], kept),
  ...tiled([2, 3], [0, 2]),
  ...tiled([0, 3], [2, 2]),
  // tfjs differentiates tiles of rank 1 to 4 only, and says so.
  ...tiled([2, 1, 2, 1, 3], [1, 2, 2, 3, 1], forwardOnly),
  ...broadcast([], [3, 5]),
  ...broadcast([3], [5, 3]),
  ...broadcast([1, 1, 1, 3], [2, 3, 5, 3], kept),
  ...broadcast([2, 1, 1, 1], [2, 3, 5, 3]),
  ...broadcast([2, 1, 3, 1], [2, 4, 3, 5]),
];

function forwardOnly(...[kernel, name, input, move]: Parameters<typeof moves>): KernelCase[] {
  return moves(kernel, name, input, { ...move, backward: undefined });
}

// --- renaming of shapes -------------------------------------------------------------------------

function renamed(kernel: string, name: string, input: Shape, shape: number[], compute: (x: Tensor) => Tensor) {
  return kept(kernel, `${text(input)} ${name}`, input, { map: same(shape), compute });
}

const renamings = [
  ...renamed('Reshape', 'to [15]', [3, 5], [15], (x) => reshape(x, [15])),
  ...renamed('Reshape', 'to [2, 3, 1, 5, 1, 2]', [6, 10], [2, 3, 1, 5, 1, 2], (x) => reshape(x, [2, 3, 1, 5, 1, 2])),
  ...renamed('Reshape', 'to [2, -1]', [2, 3, 5], [2, 15], (x) => reshape(x, [2, -1])),
  ...renamed('Reshape', 'to a scalar', [1, 1], [], (x) => reshape(x, [])),
  ...renamed('Reshape', 'to [0, 5]', [0, 3], [0, 5], (x) => reshape(x, [0, 5])),
  ...renamed('Reshape', 'squeezed', [2, 1, 3, 1], [2, 3], (x) => squeeze(x)),
  ...renamed('ExpandDims', 'at 0', [], [1], (x) => expandDims(x, 0)),
  ...renamed('ExpandDims', 'at 1', [3, 5], [3, 1, 5], (x) => expandDims(x, 1)),
  ...renamed('ExpandDims', 'at -1', [2, 3, 5], [2, 3, 5, 1], (x) => expandDims(x, -1)),
  ...renamed('Identity', 'copied', [], [], (x) => clone(x)),
  ...renamed('Identity', 'copied', [3, 5], [3, 5], (x) => clone(x)),
  ...renamed('Identity', 'copied', [0, 2], [0, 2], (x) => clone(x)),
];

// --- space, batch and depth ---------------------------------------------------------------------

/** `[n, height, width, channels]` to `[n b1 b2, ..]`: image (i, j) of a block holds the pixels at (i, j) of every block. */
function toBatch(input: Shape, [b1, b2]: number[], [[top, bottom], [left, right]]: Pads, cases = moves) {
  const [n, height, width, channels] = input;
  const shape = [n * b1 * b2, (height + top + bottom) / b1, (width + left + right) / b2, channels];
  const name = `${text(input)} by ${text([b1, b2])}, pads ${text([top, bottom, left, right])}`;
  return cases('SpaceToBatchND', name, input, {
    map: copied(shape, ([image, row, column, c]) => {
      const block = Math.floor(image / n);
      const y = row * b1 + Math.floor(block / b2) - top;
      const x = column * b2 + (block % b2) - left;
      return y < 0 || y >= height || x < 0 || x >= width ? -1 : flat([image % n, y, x, c], input);
    }),
    compute: (x) =>
      spaceToBatchND(
        x,
        [b1, b2],
        [
          [top, bottom],
          [left, right],
        ],
      ),
  });
}

/** The way back, with crops. */
function toSpace(input: Shape, [b1, b2]: number[], [[top, bottom], [left, right]]: Pads, cases = moves) {
  const [images, rows, columns, channels] = input;
  const n = images / (b1 * b2);
  const shape = [n, rows * b1 - top - bottom, columns * b2 - left - right, channels];
  const name = `${text(input)} by ${text([b1, b2])}, crops ${text([top, bottom, left, right])}`;
  return cases('BatchToSpaceND', name, input, {
    map: copied(shape, ([image, y, x, c]) => {
      const block = ((y + top) % b1) * b2 + ((x + left) % b2);
      return flat([block * n + image, Math.floor((y + top) / b1), Math.floor((x + left) / b2), c], input);
    }),
    compute: (x) =>
      batchToSpaceND(
        x,
        [b1, b2],
        [
          [top, bottom],
          [left, right],
        ],
      ),
  });
}

/** Channel (i block + j) C + c of a pixel becomes channel c of pixel (i, j) of its block. */
function depthMoved(input: Shape, block: number, cases = moves) {
  const [n, rows, columns, depth] = input;
  const channels = depth / block ** 2;
  return cases('DepthToSpace', `${text(input)} by ${block}`, input, {
    map: copied([n, rows * block, columns * block, channels], ([image, y, x, c]) => {
      const channel = ((y % block) * block + (x % block)) * channels + c;
      return flat([image, Math.floor(y / block), Math.floor(x / block), channel], input);
    }),
    compute: (x) => depthToSpace(x as Tensor4D, block),
    backward: undefined,
  });
}

const none: Pads = [
  [0, 0],
  [0, 0],
];
const spaces = [
  ...toBatch([2, 4, 6, 3], [2, 2], none, kept),
  ...toBatch(
    [1, 5, 4, 1],
    [2, 3],
    [
      [1, 0],
      [1, 1],
    ],
  ),
  ...toSpace([8, 2, 3, 3], [2, 2], none, kept),
  ...toSpace(
    [6, 3, 2, 1],
    [2, 3],
    [
      [1, 0],
      [1, 1],
    ],
  ),
  ...depthMoved([2, 2, 3, 12], 2),
  ...depthMoved([1, 3, 1, 9], 3),
];

/**
 * Kernels that move values without changing them: cut, join, pad, turn, repeat and rename. Forward for every type that the
 * kernel takes and for NaN and infinities; gradients by the transposed map.
 */
export const movementCases: readonly KernelCase[] = [
  ...slices,
  ...stridedSlices,
  ...splits([12], 0, 3, [4, 4, 4]),
  ...splits([2, 7], 1, [1, 4, 2], [1, 4, 2], kept),
  ...splits([2, 3, 3, 6], -1, 2, [3, 3]),
  ...splits([4, 3], 0, [4, 0], [4, 0]),
  ...unpacked([3], 0, 1),
  ...unpacked([3, 5], 0, 2, kept),
  ...unpacked([2, 3, 4], -1, 3),
  ...unpacked([2, 3, 4, 5], 1, 0),
  ...joinings,
  ...paddings,
  ...mirrorings,
  ...reversals,
  ...transpositions,
  ...repetitions,
  ...renamings,
  ...spaces,
];
