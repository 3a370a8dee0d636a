import { type backend_util, slice, type Tensor4D } from '@tensorflow/tfjs-core';

/** What is added before and after each axis. */
export type Borders = [before: number, after: number][];

/**
 * The padding by numbers of a convolution or pooling, with what its windows reach beyond it where sizes are rounded up;
 * nothing where TensorFlow pads by itself, or nothing is padded.
 */
export function borders(geometry: backend_util.Conv2DInfo): Borders | undefined {
  const { padInfo, dataFormat, inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth } = geometry;
  if (padInfo.type === 'SAME') return undefined;
  const below = (outHeight - 1) * strideHeight + geometry.effectiveFilterHeight - inHeight - padInfo.top;
  const beside = (outWidth - 1) * strideWidth + geometry.effectiveFilterWidth - inWidth - padInfo.left;
  const rows: Borders[number] = [padInfo.top, Math.max(padInfo.bottom, below)];
  const columns: Borders[number] = [padInfo.left, Math.max(padInfo.right, beside)];
  if ([...rows, ...columns].every((each) => each === 0)) return undefined;
  return dataFormat === 'channelsLast' ? [[0, 0], rows, columns, [0, 0]] : [[0, 0], [0, 0], rows, columns];
}

/** A shape with its borders. */
export const grown = (shape: readonly number[], around: Borders): number[] =>
  shape.map((size, axis) => around[axis][0] + size + around[axis][1]);

/** What lies within the borders. */
export const cut = (image: Tensor4D, around: Borders, shape: readonly number[]): Tensor4D =>
  slice(
    image,
    around.map(([before]) => before),
    [...shape],
  );
