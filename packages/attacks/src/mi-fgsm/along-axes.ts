import { matMul, reshape, type Tensor3D, type Tensor4D, tensor3d, transpose } from '@tensorflow/tfjs-core';

/**
 * A linear map of the rows of images, then one of their columns: `R x C^T` for every channel. Resizing, shifting and separable
 * filters are of this form, and so are their gradients.
 *
 * @param x `[n, height, width, channels]`
 * @param rows `[n, height, height]`, or `[1, height, height]` for all images
 * @param columns `[n, width, width]`, or `[1, width, width]`
 */
export function alongAxes(x: Tensor4D, rows: Tensor3D, columns: Tensor3D): Tensor4D {
  const [n, height, width, channels] = x.shape;
  const turned = (each: Tensor4D) => transpose(each, [0, 2, 1, 3]) as Tensor4D;
  const down: Tensor4D = reshape(matMul(rows, reshape(x, [n, height, width * channels]) as Tensor3D), x.shape);
  const flat = reshape(turned(down), [n, width, height * channels]) as Tensor3D;
  return turned(reshape(matMul(columns, flat), [n, width, height, channels]));
}

/**
 * Rows of a matrix that shrinks an axis to `size` pixels by linear interpolation (of pixels as areas, edges repeated), and puts
 * them from pixel `from` on; the others are 0.
 */
export function shrinking(length: number, size: number, from: number): Float32Array {
  const matrix = new Float32Array(length * length);
  for (let i = 0; i < size; i++) {
    const place = Math.min(length - 1, Math.max(0, ((i + 0.5) * length) / size - 0.5));
    const left = Math.floor(place);
    const row = (from + i) * length;
    matrix[row + left] += 1 - (place - left);
    if (place > left) matrix[row + left + 1] += place - left;
  }
  return matrix;
}

/** The matrix of a Gaussian filter of some pixels, three standard deviations at its ends, of sum 1; 0 beyond the edges. */
export function gaussian(length: number, pixels: number): Tensor3D {
  const reach = (pixels - 1) / 2;
  const weight = (distance: number) =>
    Math.abs(distance) > reach ? 0 : Math.exp(-(((3 * distance) / reach) ** 2) / 2);
  const all = Array.from({ length: pixels }, (_, i) => weight(i - reach)).reduce((sum, each) => sum + each, 0);
  const matrix = Float32Array.from(
    { length: length ** 2 },
    (_, k) => weight((k % length) - Math.floor(k / length)) / all,
  );
  return tensor3d(matrix, [1, length, length]);
}
