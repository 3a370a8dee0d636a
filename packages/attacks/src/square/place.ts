import { mul, type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import type { Rows } from '../rows';

/** Where a square of a side begins, in an image that is so long in that direction, by a number from 0 to 1. */
export type Offset = (u: number, length: number, side: number) => number;

/**
 * Every place has the same chance; the authors' code never chooses the last, so that the last row and column are touched by
 * squares as long as the image alone.
 */
export const offsets: Record<'whole' | 'reference', Offset> = {
  whole: (u, length, side) => Math.floor(u * (length - side + 1)),
  reference: (u, length, side) => Math.floor(u * (length - side)),
};

/** A square of each image as data, so that the same program serves all: 1 in the rows and columns that it covers. */
export type Squares = Rows & { rows: Tensor; columns: Tensor };

/** Squares of one side, with the corners given. */
export function squaresAt(
  corners: readonly (readonly [top: number, left: number])[],
  side: number,
  [height, width]: readonly [number, number],
): Squares {
  const [rows, columns] = [new Float32Array(corners.length * height), new Float32Array(corners.length * width)];
  corners.forEach(([top, left], i) => {
    rows.fill(1, i * height + top, i * height + top + side);
    columns.fill(1, i * width + left, i * width + left + side);
  });
  return {
    rows: tensor4d(rows, [corners.length, height, 1, 1]),
    columns: tensor4d(columns, [corners.length, 1, width, 1]),
  };
}

/** `[n, height, width, 1]`: 1 inside the squares. */
export const maskOf = ({ rows, columns }: Squares): Tensor => mul(rows, columns);
