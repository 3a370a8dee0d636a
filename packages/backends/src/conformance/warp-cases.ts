import { image, type Tensor4D, tensor2d } from '@tensorflow/tfjs-core';
import { picked, run } from './float64/linear-map';
import type { Interpolation } from './float64/resize';
import { type Outside, type Projection, projected, rotated, warped } from './float64/warp';
import type { KernelCase } from './kernel-case';
import { type LinearKernel, linearCases } from './linear-cases';

type Images = [n: number, height: number, width: number, channels: number];
const text = (value: unknown) => JSON.stringify(value);

interface Warp {
  outside?: Outside;
  fill?: number;
  size?: [height: number, width: number];
}

/** One projection for all images or one for each. */
function projections(interpolation: Interpolation, input: Images, each: readonly Projection[], warp: Warp = {}) {
  const { outside = 'constant', fill = 0, size } = warp;
  return {
    kernel: 'Transform',
    name: `${interpolation}, ${text(input)} by ${text(each)}, ${text(warp)}`,
    inputs: [input],
    map: warped(
      input,
      size ?? [input[1], input[2]],
      (x, y, which) => projected(each[which % each.length], x, y),
      interpolation,
      outside,
      () => fill,
    ),
    compute: (x) =>
      image.transform(x as Tensor4D, tensor2d(each.flat(), [each.length, 8]), interpolation, outside, fill, size),
    precision: interpolation === 'bilinear' ? 'arithmetic' : 'exact',
  } satisfies LinearKernel;
}

const still: Projection = [1, 0, 0, 0, 1, 0, 0, 0];
const whole: Projection = [1, 0, 2, 0, 1, -1, 0, 0];
const broken: Projection = [1, 0, -0.75, 0, 1, 1.375, 0, 0];
const turned: Projection = [0.8125, -0.5625, 1.34375, 0.5625, 0.8125, -0.65625, 0, 0];
const perspective: Projection = [1.0625, 0.125, -0.34375, -0.0625, 0.9375, 0.4375, 0.03125, 0.015625];
const far: Projection = [1, 0, -8.25, 0, 1, 11.625, 0, 0];

const transforms = (['bilinear', 'nearest'] as const).flatMap((interpolation) => [
  projections(interpolation, [1, 4, 5, 3], [still]),
  projections(interpolation, [1, 5, 6, 3], [whole], { fill: 0.5 }),
  projections(interpolation, [1, 5, 6, 3], [broken], { fill: -1 }),
  projections(interpolation, [1, 7, 6, 2], [turned], { fill: 0.5 }),
  projections(interpolation, [1, 6, 7, 2], [perspective]),
  projections(interpolation, [3, 5, 6, 2], [turned]),
  projections(interpolation, [3, 5, 6, 2], [whole, turned, broken]),
  projections(interpolation, [1, 5, 6, 2], [turned], { size: [4, 9] }),
  projections(interpolation, [0, 5, 6, 2], [turned]),
  projections(interpolation, [0, 5, 6, 2], [turned], { size: [4, 9] }),
  ...(['nearest', 'reflect'] as const).flatMap((outside) => [
    projections(interpolation, [1, 5, 6, 2], [turned], { outside }),
    projections(interpolation, [1, 4, 5, 3], [far], { outside }),
  ]),
  // Between the last pixel and the first, TensorFlow takes one of the two: whole pixels alone are beyond doubt.
  projections(interpolation, [1, 5, 6, 2], [whole], { outside: 'wrap' }),
]);

interface Rotation {
  radians: number;
  /** Of the width and of the height. */
  centre: [x: number, y: number];
  /** Outside, in every channel or in each. */
  fill: number | [number, number, number];
}

function rotation(input: Images, { radians, centre, fill }: Rotation): LinearKernel {
  return {
    kernel: 'RotateWithOffset',
    name: `${text(input)} by ${text({ radians, centre, fill })}`,
    inputs: [input],
    map: warped(
      input,
      [input[1], input[2]],
      rotated(radians, input[2] * centre[0], input[1] * centre[1]),
      'nearest',
      'constant',
      (channel) => (typeof fill === 'number' ? fill : fill[channel]),
    ),
    compute: (x) => image.rotateWithOffset(x as Tensor4D, radians, fill, centre),
  };
}

const centre: Rotation['centre'] = [0.5, 0.5];
const rotations = [
  rotation([1, 5, 6, 3], { radians: 0, centre, fill: 0 }),
  rotation([2, 6, 6, 3], { radians: 0.3, centre, fill: 0.25 }),
  rotation([2, 6, 6, 3], { radians: 0.3, centre, fill: 200 }),
  rotation([2, 7, 5, 3], { radians: -0.7, centre: [0.375, 0.625], fill: [0.125, 0.25, 0.5] }),
  rotation([1, 9, 8, 1], { radians: 2.1, centre, fill: 1 }),
  rotation([0, 4, 4, 3], { radians: 0.3, centre, fill: 0 }),
  rotation([1, 32, 32, 3], { radians: 0.26, centre, fill: 0 }),
];

function flipped(input: Images): LinearKernel {
  return {
    kernel: 'FlipLeftRight',
    name: text(input),
    inputs: [input],
    map: picked(
      input,
      input.map((size, axis) => (axis === 2 ? run(size, size - 1, -1) : run(size))),
    ),
    compute: (x) => image.flipLeftRight(x as Tensor4D),
  };
}

/** Images projected, rotated and flipped; none has a gradient in tfjs. Nearest pixels are no ties. */
export const warpCases: readonly KernelCase[] = [
  ...transforms.flatMap(linearCases),
  ...rotations.flatMap(linearCases),
  ...[flipped([2, 3, 5, 3]), flipped([1, 4, 4, 1]), flipped([0, 4, 4, 3])].flatMap(linearCases),
  ...linearCases({ ...flipped([2, 3, 5, 3]), data: 'special' }),
];
