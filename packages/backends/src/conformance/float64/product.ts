import { broadcast_util, util } from '@tensorflow/tfjs-core';

/** Shapes of two matrices, or of batches of them, and how each is stored. */
export interface Product {
  /** `[..., m, k]`, or `[..., k, m]` where it is transposed in storage. */
  a: readonly number[];
  /** `[..., k, n]`, or `[..., n, k]` where it is transposed in storage. */
  b: readonly number[];
  transposeA?: boolean;
  transposeB?: boolean;
}

/** Rows and columns of the operands as they are multiplied, and the batches of the result. */
function sizesOf({ a, b, transposeA, transposeB }: Product) {
  const [first, second] = [a.slice(-2), b.slice(-2)];
  const [m, k] = transposeA ? [first[1], first[0]] : first;
  return { m, k, n: second[transposeB ? 0 : 1], batch: batchOf({ a, b }) };
}

const batchOf = ({ a, b }: Pick<Product, 'a' | 'b'>) =>
  broadcast_util.assertAndGetBroadcastShape(a.slice(0, -2), b.slice(0, -2));

/** `[..., m, n]`, of the batches of both operands broadcast. */
export function productShape(product: Product): number[] {
  const { batch, m, n } = sizesOf(product);
  return [...batch, m, n];
}

/** How many products one number of the result sums. */
export const innerSize = (product: Product): number => sizesOf(product).k;

/** Calls back for each product of two numbers, with the positions of the result and of the two. */
function eachProduct(shapes: Product, visit: (result: number, a: number, b: number) => void): void {
  const { batch, m, k, n } = sizesOf(shapes);
  for (let image = 0; image < util.sizeFromShape(batch); image++) {
    const [left, right] = [shapes.a, shapes.b].map((shape) => batchPosition(image, batch, shape.slice(0, -2)));
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        for (let j = 0; j < k; j++) {
          visit(
            (image * m + row) * n + column,
            left * m * k + (shapes.transposeA ? j * m + row : row * k + j),
            right * k * n + (shapes.transposeB ? column * k + j : j * n + column),
          );
        }
      }
    }
  }
}

/** Which matrix of an operand belongs to a matrix of the result: a batch of size 1 serves all. */
function batchPosition(image: number, batch: readonly number[], own: readonly number[]): number {
  const lacking = batch.length - own.length;
  let [position, stride, rest] = [0, 1, image];
  for (let axis = batch.length - 1; axis >= lacking; axis--) {
    const size = own[axis - lacking];
    if (size > 1) position += (rest % batch[axis]) * stride;
    rest = Math.floor(rest / batch[axis]);
    stride *= size;
  }
  return position;
}

/** The matrix product. */
export function product(shapes: Product, a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const result = new Float64Array(util.sizeFromShape(productShape(shapes)));
  eachProduct(shapes, (at, left, right) => {
    result[at] += a[left] * b[right];
  });
  return result;
}

/** The gradient of `sum(dy * product)` by the first operand; by one that serves several matrices, their sum. */
export function leftGradient(shapes: Product, b: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const da = new Float64Array(util.sizeFromShape([...shapes.a]));
  eachProduct(shapes, (at, left, right) => {
    da[left] += dy[at] * b[right];
  });
  return da;
}

/** The gradient of `sum(dy * product)` by the second operand; by one that serves several matrices, their sum. */
export function rightGradient(shapes: Product, a: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const db = new Float64Array(util.sizeFromShape([...shapes.b]));
  eachProduct(shapes, (at, left, right) => {
    db[right] += a[left] * dy[at];
  });
  return db;
}
