import {
  arrayOf,
  type Batch,
  type Batches,
  type BatchesOptions,
  type Bounds,
  canonicalJson,
  checkBounds,
  checkOptions,
  fn,
  integer,
  number,
  type Rule,
  refusal,
  required,
  ShapeError,
  said,
} from '@agoge/core';
import { type Augment, augmented } from './augment';
import { hashOf } from './hash-of';
import { checkBatches, orderOf } from './order';
import { selectRows } from './rows';

export interface FromArraysOptions {
  /** Pixels, row by row with the channels innermost (NHWC), image after image. Not copied: leave them as they are. */
  x: Float32Array;
  /** `[n, height, width, channels]`. */
  shape: readonly [n: number, height: number, width: number, channels: number];
  /** Labels, whole numbers from 0 to `classes - 1`. Not copied. */
  y: Int32Array;
  classes: number;
  /** What every pixel lies within, to 1e-6. */
  bounds: Bounds;
  /** As by {@link augmented}: for training images. */
  augment?: Augment;
}

const instanceOf = (type: Float32ArrayConstructor | Int32ArrayConstructor): Rule => ({
  expected: `a ${type.name}`,
  test: (value) => (value instanceof type ? 'ok' : 'kind'),
});

/** Slack for pixels that float32 rounded past a bound. */
const slack = 1e-6;

/**
 * Images that are in memory, as batches.
 *
 * With a seed, the order of an epoch is a permutation keyed by (seed, stream `epoch/N`), whatever the batch size; the last
 * batch is short where the batch size does not divide. Examples are numbered as they lie in `x`. `hash` is the SHA-256 of
 * shape, classes, bounds, labels and pixels; it is worked out when first read.
 *
 * Throws for an unknown option, arrays of no or unequal lengths, labels outside the classes, and pixels that are NaN or
 * outside the bounds; each message names the argument, the value and the example.
 *
 * @example
 * const data = fromArrays({ x, shape: [100, 28, 28, 1], y, classes: 10, bounds: [0, 1] });
 * for await (const batch of data.batches({ batchSize: 32, seed: 0 })) console.log(batch.shape); // [32, 28, 28, 1]
 */
export function fromArrays(options: FromArraysOptions): Batches {
  checkOptions('fromArrays', options, {
    x: required(instanceOf(Float32Array)),
    shape: required(arrayOf(integer({ min: 1 }), 4)),
    y: required(instanceOf(Int32Array)),
    classes: required(integer({ min: 2 })),
    bounds: required(arrayOf(number(), 2)),
    augment: fn,
  });
  const { x, shape, y, classes, bounds, augment } = options;
  const [n, height, columns, channels] = shape;
  checkContents(options);

  const whole: Batch = { x, shape: [...shape], y, index: Float64Array.from({ length: n }, (_, i) => i) };
  let hash: string | undefined;
  const data: Batches = {
    examples: n,
    classes,
    bounds: [bounds[0], bounds[1]],
    shape: [height, columns, channels],
    get hash() {
      hash ??= hashOf(canonicalJson({ shape, classes, bounds }), bytesOf(y), bytesOf(x));
      return hash;
    },
    batches(request) {
      checkBatches('batches', request, n);
      return inOrder(whole, orderOf(n, request), request);
    },
  };
  return augment ? augmented(data, augment) : data;
}

async function* inOrder(whole: Batch, order: Uint32Array, { batchSize, from = 0, signal }: BatchesOptions) {
  for (let at = from; at < order.length; at += batchSize) {
    signal?.throwIfAborted();
    yield selectRows(whole, order.subarray(at, at + batchSize));
  }
}

function checkContents({ x, shape, y, classes, bounds: [low, high] }: FromArraysOptions): void {
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
  // The comparison is written so that NaN fails it.
  const pixel = x.findIndex((each) => !(each >= low - slack && each <= high + slack));
  if (pixel !== -1) {
    const place = pixel % size;
    const [row, column] = [Math.floor(place / (columns * channels)), Math.floor(place / channels) % columns];
    const what = `x of example ${Math.floor(pixel / size)} at row ${row}, column ${column}, channel ${place % channels}`;
    throw said(new RangeError(refusal('fromArrays', what, `within bounds [${low}, ${high}]`, x[pixel])));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
