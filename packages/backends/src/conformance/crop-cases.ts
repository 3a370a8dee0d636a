import { image, type Tensor4D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { type Box, cropped, type Interpolation } from './float64/resize';
import type { KernelCase } from './kernel-case';
import { type LinearKernel, linearCases } from './linear-cases';

type Images = [n: number, height: number, width: number, channels: number];
type Size = [height: number, width: number];
const text = (value: unknown) => JSON.stringify(value);

function crops(
  interpolation: Interpolation,
  input: Images,
  boxes: readonly Box[],
  size: Size,
  outside = 0,
): LinearKernel {
  return {
    kernel: 'CropAndResize',
    name: `${interpolation}, ${text(input)} at ${text(boxes)} to ${text(size)}, outside ${outside}`,
    inputs: [input],
    map: cropped(input, boxes, size, interpolation, outside),
    compute(x) {
      const corners = boxes.flatMap((box) => box.corners);
      const images = boxes.map((box) => box.image);
      return image.cropAndResize(
        x as Tensor4D,
        tensor2d(corners, [boxes.length, 4]),
        tensor1d(images, 'int32'),
        size,
        interpolation,
        outside,
      );
    },
    precision: interpolation === 'bilinear' ? 'arithmetic' : 'exact',
  };
}

const whole: Box = { image: 0, corners: [0, 0, 1, 1] };
const inner: Box = { image: 1, corners: [0.125, 0.25, 0.75, 0.8125] };
const turned: Box = { image: 1, corners: [0.875, 0.25, 0.125, 0.8125] };
const over: Box = { image: 0, corners: [-0.25, 0.375, 0.4375, 1.375] };
const away: Box = { image: 0, corners: [1.5, 1.5, 2, 2] };
const padded: Box = { image: 0, corners: [0.0625, 0.1875, 0.8125, 0.9375] };

/** Boxes cut out and resized: upright, upside down, half outside, outside, of one pixel. tfjs has no gradient of it. */
export const cropCases: readonly KernelCase[] = (['bilinear', 'nearest'] as const).flatMap((interpolation) =>
  [
    crops(interpolation, [1, 5, 5, 1], [whole], [5, 5]),
    crops(interpolation, [1, 6, 8, 3], [whole], [4, 10]),
    crops(interpolation, [2, 6, 8, 3], [inner, whole, inner], [4, 6]),
    { ...crops(interpolation, [2, 6, 8, 3], [inner], [3, 6]), dtype: 'int32', result: 'float32' } as const,
    crops(interpolation, [2, 6, 8, 3], [turned], [4, 6]),
    crops(interpolation, [2, 6, 8, 3], [over, away], [5, 6], 0.5),
    crops(interpolation, [2, 7, 4, 2], [over], [3, 2], -1),
    crops(interpolation, [2, 4, 4, 3], [inner], [1, 1]),
    crops(interpolation, [2, 4, 4, 5], [inner], [1, 3]),
    crops(interpolation, [1, 32, 32, 3], [padded], [32, 32]),
    crops(interpolation, [1, 4, 4, 3], [], [2, 2]),
  ].flatMap(linearCases),
);
