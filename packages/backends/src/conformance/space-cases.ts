import { batchToSpaceND, depthToSpace, spaceToBatchND, type Tensor4D } from '@tensorflow/tfjs-core';
import { copied, flat } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { keptCases, type LinearKernel, linearCases } from './linear-cases';

type Images = readonly [n: number, height: number, width: number, channels: number];

interface Blocks {
  size: [height: number, width: number];
  top?: number;
  bottom?: number;
  left?: number;
  right?: number;
}

const named = (input: Images, blocks: Blocks) => `${JSON.stringify(input)} by ${JSON.stringify(blocks)}`;

/** Image (i, j) of the result holds the pixels at (i, j) of every block of the padded input. */
function toBatch(input: Images, blocks: Blocks): LinearKernel {
  const [n, height, width, channels] = input;
  const { size, top = 0, bottom = 0, left = 0, right = 0 } = blocks;
  const shape = [n * size[0] * size[1], (height + top + bottom) / size[0], (width + left + right) / size[1], channels];
  return {
    kernel: 'SpaceToBatchND',
    name: named(input, blocks),
    inputs: [input],
    map: copied(shape, ([image, row, column, c]) => {
      const block = Math.floor(image / n);
      const y = row * size[0] + Math.floor(block / size[1]) - top;
      const x = column * size[1] + (block % size[1]) - left;
      return y < 0 || y >= height || x < 0 || x >= width ? -1 : flat([image % n, y, x, c], input);
    }),
    compute: (x) => {
      const paddings = [top, left].map((before, axis) => [before, [bottom, right][axis]]);
      return spaceToBatchND(x, size, paddings);
    },
    backward: 'gradient',
  };
}

/** The way back, cropped. */
function toSpace(input: Images, blocks: Blocks): LinearKernel {
  const [images, rows, columns, channels] = input;
  const { size, top = 0, bottom = 0, left = 0, right = 0 } = blocks;
  const n = images / (size[0] * size[1]);
  const shape = [n, rows * size[0] - top - bottom, columns * size[1] - left - right, channels];
  return {
    kernel: 'BatchToSpaceND',
    name: named(input, blocks),
    inputs: [input],
    map: copied(shape, ([image, row, column, c]) => {
      const [y, x] = [row + top, column + left];
      const block = (y % size[0]) * size[1] + (x % size[1]);
      return flat([block * n + image, Math.floor(y / size[0]), Math.floor(x / size[1]), c], input);
    }),
    compute: (x) => {
      const crops = [top, left].map((before, axis) => [before, [bottom, right][axis]]);
      return batchToSpaceND(x, size, crops);
    },
    backward: 'gradient',
  };
}

/** Channel (i size + j) C + c of a pixel becomes channel c of pixel (i, j) of its block. */
function toDepth(input: Images, size: number): LinearKernel {
  const [n, rows, columns, depth] = input;
  const channels = depth / size ** 2;
  return {
    kernel: 'DepthToSpace',
    name: `${JSON.stringify(input)} by ${size}`,
    inputs: [input],
    map: copied([n, rows * size, columns * size, channels], ([image, y, x, c]) => {
      const channel = ((y % size) * size + (x % size)) * channels + c;
      return flat([image, Math.floor(y / size), Math.floor(x / size), channel], input);
    }),
    compute: (x) => depthToSpace(x as Tensor4D, size),
  };
}

/** Kernels that move between space, batch and depth; DepthToSpace has no gradient in tfjs. */
export const spaceCases: readonly KernelCase[] = [
  ...[toBatch([2, 4, 6, 3], { size: [2, 2] }), toSpace([8, 2, 3, 3], { size: [2, 2] })].flatMap(keptCases),
  ...[
    toBatch([1, 5, 4, 1], { size: [2, 3], top: 1, left: 1, right: 1 }),
    toSpace([6, 3, 2, 1], { size: [2, 3], top: 1, left: 1, right: 1 }),
    toDepth([2, 2, 3, 12], 2),
    toDepth([1, 3, 1, 9], 3),
    toBatch([0, 4, 6, 3], { size: [2, 2] }),
    toSpace([0, 2, 3, 3], { size: [2, 2] }),
    toDepth([0, 2, 3, 12], 2),
  ].flatMap(linearCases),
];
