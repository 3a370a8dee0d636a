import { image, type Tensor4D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { picked, run } from './float64/linear-map';
import { type Box, cropped, type Grid, type Interpolation, resized } from './float64/resize';
import { type Outside, type Projection, projected, warped } from './float64/warp';
import type { KernelCase } from './kernel-case';
import { type LinearKernel, linearCases } from './linear-cases';

type Images = [n: number, height: number, width: number, channels: number];
type Size = [height: number, width: number];
type Kind = Pick<LinearKernel, 'dtype' | 'data' | 'backward'>;

const text = (value: unknown) => JSON.stringify(value);
const grids: Grid[] = ['top left', 'half-pixel centres', 'corners aligned'];
const flags = (grid: Grid): [boolean, boolean] => [grid === 'corners aligned', grid === 'half-pixel centres'];

function bilinear(input: Images, size: Size, grid: Grid, kind: Kind = {}): KernelCase[] {
  return linearCases({
    kernel: 'ResizeBilinear',
    name: `${text(input)} to ${text(size)}, ${grid}`,
    inputs: [input],
    map: resized(input, size, grid, 'bilinear'),
    compute: (x) => image.resizeBilinear(x as Tensor4D, size, ...flags(grid)),
    backward: 'ResizeBilinearGrad',
    precision: 'arithmetic',
    ...kind,
  });
}

function nearest(input: Images, size: Size, grid: Grid, kind: Kind = {}): KernelCase[] {
  return linearCases({
    kernel: 'ResizeNearestNeighbor',
    name: `${text(input)} to ${text(size)}, ${grid}`,
    inputs: [input],
    map: resized(input, size, grid, 'nearest'),
    compute: (x) => image.resizeNearestNeighbor(x as Tensor4D, size, ...flags(grid)),
    backward: 'ResizeNearestNeighborGrad',
    ...kind,
  });
}

/** Up and down, by whole and odd factors, square and not, to and from one pixel; no nearest one is a tie. */
const resizes: readonly { from: Images; to: Size }[] = [
  { from: [1, 2, 2, 1], to: [4, 4] },
  { from: [2, 4, 4, 3], to: [8, 8] },
  { from: [1, 2, 4, 2], to: [6, 12] },
  { from: [2, 3, 5, 3], to: [6, 10] },
  { from: [1, 3, 5, 2], to: [7, 8] },
  { from: [2, 8, 8, 3], to: [4, 4] },
  { from: [1, 9, 6, 2], to: [3, 2] },
  { from: [1, 7, 5, 3], to: [4, 3] },
  { from: [1, 5, 7, 1], to: [11, 3] },
  { from: [1, 4, 6, 5], to: [4, 6] },
  { from: [1, 5, 3, 2], to: [1, 1] },
  { from: [2, 1, 1, 3], to: [3, 5] },
  { from: [1, 1, 5, 1], to: [2, 7] },
  { from: [1, 32, 32, 3], to: [28, 36] },
  { from: [0, 4, 4, 3], to: [2, 6] },
];
const resizings = grids.flatMap((grid) => [
  ...resizes.flatMap(({ from, to }) => [
    ...bilinear(from, to, grid),
    // With corners aligned, stock cpu's gradient of a single row or column never ends: no suite could report it.
    ...nearest(from, to, grid, grid === 'corners aligned' && from[1] === 1 ? { backward: undefined } : {}),
  ]),
  ...nearest([2, 3, 5, 3], [6, 10], grid, { data: 'special' }),
  ...nearest([2, 3, 5, 3], [6, 10], grid, { dtype: 'int32' }),
]);

// --- cutting boxes ------------------------------------------------------------------------------

function crops(
  input: Images,
  boxes: readonly Box[],
  size: Size,
  interpolation: Interpolation,
  outside = 0,
): KernelCase[] {
  return linearCases({
    kernel: 'CropAndResize',
    name: `${interpolation}, ${boxes.map(({ image, corners }) => `${image} ${text(corners)}`).join(' ')} of ${text(input)} to ${text(size)}, outside ${outside}`,
    inputs: [input],
    map: cropped(input, boxes, size, interpolation, outside),
    compute: (x) =>
      image.cropAndResize(
        x as Tensor4D,
        tensor2d(
          boxes.flatMap(({ corners }) => corners),
          [boxes.length, 4],
        ),
        tensor1d(
          boxes.map((box) => box.image),
          'int32',
        ),
        size,
        interpolation,
        outside,
      ),
    precision: interpolation === 'bilinear' ? 'arithmetic' : 'exact',
  });
}

const whole: Box = { image: 0, corners: [0, 0, 1, 1] };
const part: Box = { image: 1, corners: [0.125, 0.25, 0.75, 0.875] };
const turned: Box = { image: 1, corners: [0.875, 0.25, 0.125, 0.875] };
const over: Box = { image: 0, corners: [-0.25, 0.375, 0.5, 1.375] };
const away: Box = { image: 0, corners: [1.5, 1.5, 2, 2] };
const cuts = (['bilinear', 'nearest'] as const).flatMap((interpolation) => [
  ...crops([1, 5, 5, 1], [whole], [5, 5], interpolation),
  ...crops([2, 6, 8, 3], [part, whole, part], [4, 6], interpolation),
  ...crops([2, 6, 8, 3], [turned], [4, 6], interpolation),
  ...crops([2, 6, 8, 3], [over, away], [5, 6], interpolation, 0.5),
  ...crops([2, 7, 4, 2], [over], [3, 2], interpolation, -1),
  ...crops([2, 4, 4, 3], [part], [1, 1], interpolation),
  ...crops([2, 4, 4, 5], [part], [1, 3], interpolation),
  ...crops([1, 32, 32, 3], [{ image: 0, corners: [0.0625, 0.1875, 0.8125, 0.9375] }], [32, 32], interpolation),
]);

// --- projecting and turning ---------------------------------------------------------------------

interface Warp {
  projections: readonly Projection[];
  interpolation: Interpolation;
  outside?: Outside;
  fill?: number;
  size?: Size;
}

function projections(input: Images, { projections: all, interpolation, outside = 'constant', fill = 0, size }: Warp) {
  const name = `${interpolation}, ${text(all)} of ${text(input)}${size ? ` to ${text(size)}` : ''}, ${outside} ${fill}`;
  return linearCases({
    kernel: 'Transform',
    name,
    inputs: [input],
    map: warped(
      input,
      size ?? [input[1], input[2]],
      (x, y, which) => projected(all[which % all.length], x, y),
      interpolation,
      outside,
      () => fill,
    ),
    compute: (x) =>
      image.transform(x as Tensor4D, tensor2d(all.flat(), [all.length, 8]), interpolation, outside, fill, size),
    precision: interpolation === 'bilinear' ? 'arithmetic' : 'exact',
  });
}

const still: Projection = [1, 0, 0, 0, 1, 0, 0, 0];
const shifted: Projection = [1, 0, 2, 0, 1, -1, 0, 0];
const between: Projection = [1, 0, -0.75, 0, 1, 1.375, 0, 0];
const rotated: Projection = [0.8125, -0.5625, 1.3125, 0.5625, 0.8125, -0.6875, 0, 0];
const perspective: Projection = [1.0625, 0.125, -0.3125, -0.0625, 0.9375, 0.4375, 0.03125, 0.015625];
const far: Projection = [1, 0, -8.25, 0, 1, 11.625, 0, 0];
const warps = [
  ...(['bilinear', 'nearest'] as const).flatMap((interpolation) => [
    ...projections([1, 4, 5, 3], { projections: [still], interpolation }),
    ...projections([1, 5, 6, 3], { projections: [shifted], interpolation, fill: 0.5 }),
    ...projections([1, 5, 6, 3], { projections: [between], interpolation, fill: -1 }),
    ...projections([1, 7, 6, 2], { projections: [rotated], interpolation, fill: 0.5 }),
    ...projections([1, 6, 7, 2], { projections: [perspective], interpolation }),
    ...projections([3, 5, 6, 2], { projections: [rotated], interpolation }),
    ...projections([3, 5, 6, 2], { projections: [shifted, rotated, between], interpolation }),
    ...projections([1, 5, 6, 2], { projections: [rotated], interpolation, size: [4, 9] }),
    ...(['nearest', 'reflect'] as const).flatMap((outside) => [
      ...projections([1, 5, 6, 2], { projections: [rotated], interpolation, outside }),
      ...projections([1, 4, 5, 3], { projections: [far], interpolation, outside }),
    ]),
    // Between the last pixel and the first, TensorFlow takes one of the two; whole pixels are beyond doubt.
    ...projections([1, 5, 6, 2], { projections: [shifted], interpolation, outside: 'wrap' }),
  ]),
];

function turns(
  input: Images,
  radians: number,
  center: number | [number, number],
  fill: number | [number, number, number],
) {
  const [cx, cy] = [center].flat().length === 1 ? [center as number, center as number] : (center as [number, number]);
  const [middleX, middleY] = [input[2] * cx, input[1] * cy];
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  return linearCases({
    kernel: 'RotateWithOffset',
    name: `${radians} about ${text(center)} of ${text(input)}, outside ${text(fill)}`,
    inputs: [input],
    map: warped(
      input,
      [input[1], input[2]],
      (x, y) => [
        (x - middleX) * cos - (y - middleY) * sin + middleX,
        (x - middleX) * sin + (y - middleY) * cos + middleY,
      ],
      'nearest',
      'constant',
      (channel) => (typeof fill === 'number' ? fill : fill[channel]),
    ),
    compute: (x) => image.rotateWithOffset(x as Tensor4D, radians, fill, center),
  });
}

const rotations = [
  ...turns([1, 5, 6, 3], 0, 0.5, 0),
  ...turns([2, 6, 6, 3], 0.3, 0.5, 0.25),
  ...turns([2, 7, 5, 3], -0.7, [0.4, 0.6], [0.125, 0.25, 0.5]),
  ...turns([1, 9, 8, 1], 2.1, 0.5, 1),
  ...turns([1, 32, 32, 3], 0.26, 0.5, 0),
];

function flips(input: Images, kind: Kind = {}) {
  return linearCases({
    kernel: 'FlipLeftRight',
    name: text(input),
    inputs: [input],
    map: picked(
      input,
      input.map((size, axis) => (axis === 2 ? run(size, size - 1, -1) : run(size))),
    ),
    compute: (x) => image.flipLeftRight(x as Tensor4D),
    ...kind,
  });
}

/** Kernels that resample images: resize, cut boxes, project, rotate and flip; gradients of the resizes. */
export const resizeCases: readonly KernelCase[] = [
  ...resizings,
  ...cuts,
  ...warps,
  ...rotations,
  ...flips([2, 3, 5, 3]),
  ...flips([1, 4, 4, 1]),
  ...flips([2, 3, 5, 3], { data: 'special' }),
];
