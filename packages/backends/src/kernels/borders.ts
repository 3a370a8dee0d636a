import { type backend_util, slice, type Tensor4D } from '@tensorflow/tfjs-core';

/** What is added before and after each axis. */
export type Borders = [before: number, after: number][];

/**
 * The padding of a convolution or pooling in numbers, with what its windows reach beyond it where sizes are rounded up: with it
 * as many windows are a whole number.
 */
export function numbered(geometry: backend_util.Conv2DInfo): Borders {
  const { padInfo, dataFormat, inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth } = geometry;
  const below = (outHeight - 1) * strideHeight + geometry.effectiveFilterHeight - inHeight - padInfo.top;
  const beside = (outWidth - 1) * strideWidth + geometry.effectiveFilterWidth - inWidth - padInfo.left;
  const rows: Borders[number] = [padInfo.top, Math.max(padInfo.bottom, below)];
  const columns: Borders[number] = [padInfo.left, Math.max(padInfo.right, beside)];
  return dataFormat === 'channelsLast' ? [[0, 0], rows, columns, [0, 0]] : [[0, 0], [0, 0], rows, columns];
}

/** {@link numbered}; nothing where TensorFlow pads by itself, or nothing is padded. */
export function borders(geometry: backend_util.Conv2DInfo): Borders | undefined {
  const around = geometry.padInfo.type === 'SAME' ? [] : numbered(geometry);
  return around.flat().some((each) => each !== 0) ? around : undefined;
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
