import type { ImageShape } from '@agoge/core';
import { add, gather, mul, reshape, type Tensor, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import type { Rows } from '../rows';

/** A rotation about the middle of the image, counterclockwise, in degrees, and then a shift down and right, in pixels. */
export interface Pose {
  rotation: number;
  down: number;
  right: number;
}

/** Of each pixel of `n` images, the four pixels around the point it comes from, and their weights; and the weight of what is outside the image. */
export function sampling(poses: readonly Pose[], [height, width]: ImageShape): Rows {
  const n = poses.length;
  const places = Array.from({ length: 4 }, () => new Int32Array(n * height * width));
  const weights = Array.from({ length: 4 }, () => new Float32Array(n * height * width));
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  poses.forEach(({ rotation, down, right }, image) => {
    const angle = (rotation * Math.PI) / 180;
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [v, u] = [row - middleRow - down, column - middleColumn - right];
        const from = [cosine * v + sine * u + middleRow, cosine * u - sine * v + middleColumn];
        const [top, left] = from.map(Math.floor);
        const [below, beside] = [from[0] - top, from[1] - left];
        const at = (image * height + row) * width + column;
        for (let corner = 0; corner < 4; corner++) {
          const [y, x] = [top + (corner >> 1), left + (corner & 1)];
          if (y < 0 || y >= height || x < 0 || x >= width) continue;
          places[corner][at] = (image * height + y) * width + x;
          weights[corner][at] = (corner >> 1 ? below : 1 - below) * (corner & 1 ? beside : 1 - beside);
        }
      }
    }
  });
  const shape: [number, number, number, number] = [n, height, width, 1];
  const outside = weights[0].map((each, i) => 1 - (each + weights[1][i] + (weights[2][i] + weights[3][i])));
  const rows = Object.fromEntries(
    places.flatMap((each, corner) => [
      [`place${corner}`, tensor1d(each, 'int32')],
      [`weight${corner}`, tensor4d(weights[corner], shape)],
    ]),
  );
  return { ...rows, outside: tensor4d(outside, shape) };
}

/** Images drawn anew from {@link sampling}; what comes from outside the image is `surroundings`. */
export function warped(x: Tensor4D, from: Rows, surroundings: number): Tensor4D {
  const pixels = reshape(x, [-1, x.shape[3]]);
  const corner = (i: number): Tensor => mul(reshape(gather(pixels, from[`place${i}`]), x.shape), from[`weight${i}`]);
  const inside = add(add(corner(0), corner(1)), add(corner(2), corner(3)));
  return add<Tensor4D>(inside, mul(from.outside, surroundings));
}
