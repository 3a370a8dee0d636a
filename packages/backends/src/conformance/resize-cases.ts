import { image, type Tensor, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { cropCases } from './crop-cases';
import { type Grid, resized } from './float64/resize';
import type { KernelCase } from './kernel-case';
import { type LinearKernel, linearCases } from './linear-cases';
import { warpCases } from './warp-cases';

type Images = [n: number, height: number, width: number, channels: number];
type Size = [height: number, width: number];

const named = (from: Images, to: Size, grid: Grid) => `${JSON.stringify(from)} to ${JSON.stringify(to)}, ${grid}`;
const flags = (grid: Grid): [boolean, boolean] => [grid === 'corners aligned', grid === 'half-pixel centres'];

function bilinear(from: Images, to: Size, grid: Grid): LinearKernel {
  return {
    kernel: 'ResizeBilinear',
    name: named(from, to, grid),
    inputs: [from],
    map: resized(from, to, grid, 'bilinear'),
    compute: (x) => image.resizeBilinear(x as Tensor4D, to, ...flags(grid)),
    backward: 'ResizeBilinearGrad',
    precision: 'arithmetic',
  };
}

function nearest(from: Images, to: Size, grid: Grid): LinearKernel {
  return {
    kernel: 'ResizeNearestNeighbor',
    name: named(from, to, grid),
    inputs: [from],
    map: resized(from, to, grid, 'nearest'),
    compute: (x) => image.resizeNearestNeighbor(x as Tensor4D, to, ...flags(grid)),
    backward: 'ResizeNearestNeighborGrad',
  };
}

/** The same of one image without a batch. */
function bare(kernel: LinearKernel): LinearKernel {
  return {
    ...kernel,
    name: `${kernel.name}, no batch`,
    inputs: kernel.inputs.map((shape) => shape.slice(1)),
    map: { ...kernel.map, shape: kernel.map.shape.slice(1) },
    compute: (x: Tensor) => kernel.compute(x as Tensor3D),
  };
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

const grids: Grid[] = ['top left', 'half-pixel centres', 'corners aligned'];
const resizings = grids.flatMap((grid) => [
  ...resizes.flatMap(({ from, to }) => {
    // With corners aligned, stock cpu's gradient of a single row or column never ends: no suite could report it.
    const endless = grid === 'corners aligned' && from[1] === 1;
    return [
      bilinear(from, to, grid),
      endless ? { ...nearest(from, to, grid), backward: undefined } : nearest(from, to, grid),
    ];
  }),
  bare(bilinear([1, 3, 3, 2], [6, 6], grid)),
  bare(nearest([1, 3, 3, 2], [6, 6], grid)),
  { ...bilinear([2, 3, 5, 3], [6, 10], grid), dtype: 'int32', result: 'float32' } as const,
  { ...nearest([2, 3, 5, 3], [6, 10], grid), dtype: 'int32' } as const,
  { ...nearest([2, 3, 5, 3], [6, 10], grid), data: 'special' } as const,
]);

/** Kernels that resample images: resizes and their gradients, boxes cut out, projections, rotations and flips. */
export const resizeCases: readonly KernelCase[] = [...resizings.flatMap(linearCases), ...cropCases, ...warpCases];
