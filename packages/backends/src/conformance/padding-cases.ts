import { mirrorPad, pad } from '@tensorflow/tfjs-core';
import { picked, run } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { keptCases, type LinearKernel, linearCases } from './linear-cases';

type Shape = readonly number[];

/** How much is added along each axis. */
interface Pads {
  before: readonly number[];
  after: readonly number[];
}

const named = (input: Shape, { before, after }: Pads) => JSON.stringify({ input, before, after });
const pairs = ({ before, after }: Pads) => before.map((size, axis): [number, number] => [size, after[axis]]);

function padded(input: Shape, pads: Pads, constant: number): LinearKernel {
  const lists = input.map((size, axis) => [
    ...run(pads.before[axis], -1, 0),
    ...run(size),
    ...run(pads.after[axis], -1, 0),
  ]);
  return {
    kernel: 'PadV2',
    name: `${named(input, pads)} with ${constant}`,
    inputs: [input],
    map: picked(input, lists, constant),
    compute: (x) => pad(x, pairs(pads), constant),
    backward: 'gradient',
  };
}

/** `reflect`: cb|abc|ba, the border pixel once. `symmetric`: ba|abc|cb. */
function mirrored(mode: 'reflect' | 'symmetric', input: Shape, pads: Pads): LinearKernel {
  const border = mode === 'reflect' ? 1 : 0;
  const lists = input.map((size, axis) => [
    ...run(pads.before[axis], pads.before[axis] - 1 + border, -1),
    ...run(size),
    ...run(pads.after[axis], size - 1 - border, -1),
  ]);
  return {
    kernel: 'MirrorPad',
    name: `${mode}, ${named(input, pads)}`,
    inputs: [input],
    map: picked(input, lists),
    compute: (x) => mirrorPad(x, pairs(pads), mode),
    backward: 'gradient',
  };
}

const rim: Pads = { before: [0, 2, 1, 0], after: [0, 1, 3, 0] };
const modes = ['reflect', 'symmetric'] as const;

/** Kernels that add a border: PadV2 of any constant, MirrorPad. The gradient of a mirror adds what it shows twice. */
export const paddingCases: readonly KernelCase[] = [
  ...[
    padded([5], { before: [2], after: [3] }, 0),
    padded([2, 3, 5, 3], rim, 1),
    ...modes.map((mode) => mirrored(mode, [5], { before: [2], after: [4] })),
    ...modes.map((mode) => mirrored(mode, [2, 3, 5, 3], rim)),
  ].flatMap(keptCases),
  ...[0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -(2 ** 100)].flatMap((constant) =>
    linearCases(padded([2, 3, 5, 3], rim, constant)),
  ),
  ...[
    padded([5], { before: [0], after: [0] }, 0),
    padded([3, 5], { before: [1, 0], after: [0, 2] }, -1.5),
    padded([2, 3, 3], { before: [0, 2, 1], after: [1, 0, 1] }, 1),
    padded([1, 3, 2, 2, 2], { before: [1, 0, 0, 1, 0], after: [0, 0, 1, 1, 2] }, 0.5),
    padded([0, 3, 3, 2], { before: [0, 1, 1, 0], after: [0, 1, 1, 0] }, 0),
    ...modes.flatMap((mode) => [
      mirrored(mode, [3, 5], { before: [1, 0], after: [2, 3] }),
      mirrored(mode, [3, 2, 5], { before: [1, 1, 2], after: [0, 1, 2] }),
    ]),
  ].flatMap(linearCases),
];
