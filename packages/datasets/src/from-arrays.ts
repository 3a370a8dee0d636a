import {
  arrayOf,
  type Bounds,
  canonicalJson,
  checkBounds,
  checkOptions,
  integer,
  number,
  type Rule,
  refusal,
  required,
  ShapeError,
  said,
} from '@agoge/core';
import { hashOf } from './bytes/hash-of';
import { type Dataset, dataset } from './dataset';
import { readerOf } from './views/pixel-store';

export interface FromArraysOptions {
  /**
   * Pixels, row by row with the channels innermost (NHWC), image after image. Bytes stand for 255ths: 255 is 1. Not copied:
   * leave them as they are.
   */
  x: Float32Array | Uint8Array;
  /** `[n, height, width, channels]`. */
  shape: readonly [n: number, height: number, width: number, channels: number];
  /** Labels, whole numbers from 0 to `classes - 1`. Not copied. */
  y: Int32Array;
  classes: number;
  /** Soft labels, `n x classes`: each row 0 or more and 1 in sum, to 1e-3. Not copied. Default: none, `y` is all there is. */
  target?: Float32Array;
  /** What every pixel lies within, to 1e-6. Default `[0, 1]`, what bytes always have. */
  bounds?: Bounds;
}

const anyOf = (...types: (Float32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor)[]): Rule => ({
  expected: types.map(({ name }) => `a ${name}`).join(' or '),
  test: (value) => (types.some((type) => value instanceof type) ? 'ok' : 'kind'),
});

/** Slack for pixels that float32 rounded past a bound. */
const slack = 1e-6;

/**
 * Images that are in memory, as batches.
 *
 * With a seed, the order of an epoch is a permutation keyed by (seed, stream `epoch/N`), whatever the batch size; the last
 * batch is short where the batch size does not divide. Examples are numbered as they lie in `x`. `hash` is the SHA-256 of
 * shape, classes, bounds, labels, pixels and soft labels; it is worked out when first read.
 *
 * Throws for an unknown option, arrays of no or unequal lengths, labels outside the classes, soft labels that are none,
 * and pixels that are NaN or outside the bounds; each message names the argument, the value and the example.
 *
 * @example
 * const data = fromArrays({ x, shape: [100, 28, 28, 1], y, classes: 10 });
 * for await (const batch of data.batches({ batchSize: 32, seed: 0 })) console.log(batch.shape); // [32, 28, 28, 1]
 */
export function fromArrays(options: FromArraysOptions): Dataset {
  checkOptions('fromArrays', options, {
    x: required(anyOf(Float32Array, Uint8Array)),
    shape: required(arrayOf(integer({ min: 1 }), 4)),
    y: required(anyOf(Int32Array)),
    classes: required(integer({ min: 2 })),
    target: anyOf(Float32Array),
    bounds: arrayOf(number(), 2),
  });
  const { x, shape, y, classes, target, bounds = [0, 1] } = options;
  const [, height, columns, channels] = shape;
  checkContents({ ...options, bounds });
  if (target) checkTarget(target, shape[0], classes);

  const size = height * columns * channels;
  let hash: string | undefined;
  return dataset({
    shape: [height, columns, channels],
    classes,
    bounds: [bounds[0], bounds[1]],
    labels: y,
    ...(target && { targets: target }),
    get hash() {
      hash ??= hashOf(canonicalJson({ shape, classes, bounds }), ...[y, x, ...(target ? [target] : [])].map(bytesOf));
      return hash;
    },
    read: readerOf(x, size),
  });
}

function checkContents({ x, shape, y, classes, bounds: [low, high] }: FromArraysOptions & { bounds: Bounds }): void {
  const [n, height, columns, channels] = shape;
  const size = height * columns * channels;
  checkBounds('fromArrays', [low, high]);
  if (x.length !== n * size)
    throw new ShapeError('fromArrays', 'x', `[${n * size}] (shape ${shape.join(' x ')})`, [x.length]);
  if (y.length !== n) throw new ShapeError('fromArrays', 'y', `[${n}] (one label per image)`, [y.length]);

  const label = y.findIndex((each) => each < 0 || each >= classes);
  if (label !== -1) {
    const what = `the label of example ${label}`;
    throw said(new RangeError(refusal('fromArrays', what, `from 0 to ${classes - 1}`, y[label])));
  }
  if (x instanceof Uint8Array) {
    if (low === 0 && high === 1) return;
    throw said(new RangeError(refusal('fromArrays', 'bounds', '[0, 1], since x is bytes', [low, high])));
  }
  // The comparison is written so that NaN fails it.
  const pixel = x.findIndex((each) => !(each >= low - slack && each <= high + slack));
  if (pixel !== -1) {
    const place = pixel % size;
    const [row, column] = [Math.floor(place / (columns * channels)), Math.floor(place / channels) % columns];
    const what = `x of example ${Math.floor(pixel / size)} at row ${row}, column ${column}, channel ${place % channels}`;
    throw said(new RangeError(refusal('fromArrays', what, `within bounds [${low}, ${high}]`, x[pixel])));
  }
}

function checkTarget(target: Float32Array, n: number, classes: number): void {
  if (target.length !== n * classes) {
    throw new ShapeError('fromArrays', 'target', `[${n * classes}] (${n} x ${classes})`, [target.length]);
  }
  for (let i = 0; i < n; i++) {
    const row = target.subarray(i * classes, (i + 1) * classes);
    const sum = row.reduce((total, share) => total + share, 0);
    if (row.every((share) => share >= 0) && Math.abs(sum - 1) <= 1e-3) continue;
    const expected = 'shares >= 0 that are 1 in sum';
    throw said(new RangeError(refusal('fromArrays', `target of example ${i}`, expected, [...row])));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
