import {
  boolean,
  checkOptions,
  checkValue,
  type ImageShape,
  integer,
  number,
  oneOf,
  type Rules,
  refusal,
  required,
  ShapeError,
  said,
} from '@agoge/core';
import { type CorruptionName, corruptions, corruptors } from './corruptions';
import { clipped, floored, rasterOf } from './raster';

export interface CorruptOptions {
  corruption: CorruptionName;
  /** 1 to 5. */
  severity: number;
  /** Default 0. */
  seed?: number;
  /** The example's absolute number; default 0. */
  index?: number;
  /** Whether values are rounded down to 255ths, as the files of CIFAR-10-C were; default true. */
  quantised?: boolean;
}

export const corruptRules: Rules = {
  corruption: required(oneOf(...corruptions.map(({ name }) => name))),
  severity: required(integer({ min: 1, max: 5 })),
  seed: integer({ min: 0 }),
  quantised: boolean,
};

/**
 * One image with one of the 15 common corruptions, as a new array.
 *
 * The figures are those of CIFAR-10-C where the shorter side is at most 64 pixels, with lengths multiplied by that side over
 * 32, and of ImageNet-C above, with lengths multiplied by it over 224. The noise is keyed by (seed, index, stream
 * `corruption/NAME`): the same at all severities, so that these are compared on the same draws. Where the original works in
 * bytes (glass and motion blur, snow, pixelate, JPEG), so does this. Frost is drawn, since the original needs photographs.
 * ImageNet-C's files were stored as JPEG of quality 85 besides; these images are not.
 *
 * D. Hendrycks and T. Dietterich, Benchmarking neural network robustness to common corruptions and perturbations (ICLR 2019).
 *
 * @param image values from 0 to 1, NHWC without the N
 * @param shape of one image, with 1 or 3 channels
 * @returns a new array, values from 0 to 1
 *
 * @example
 * const foggy = corrupt(image, [32, 32, 3], { corruption: 'fog', severity: 3 });
 */
export function corrupt(image: Float32Array, shape: ImageShape, options: CorruptOptions): Float32Array {
  checkOptions('corrupt', options, { ...corruptRules, index: integer({ min: 0 }) });
  checkImage(image, shape);
  return corruptImage(image, shape, options);
}

/** The number of channels that a corruption can see in. */
export function checkChannels(who: string, shape: ImageShape): void {
  if (shape[2] !== 1 && shape[2] !== 3) throw new ShapeError(who, 'an image', '[height, width, 1 or 3]', shape);
}

/** {@link corrupt} of what was checked before. */
export function corruptImage(
  image: Float32Array,
  shape: ImageShape,
  { corruption, severity, seed = 0, index = 0, quantised = true }: CorruptOptions,
): Float32Array {
  const key = { seed, index, stream: `corruption/${corruption}` };
  const { data } = corruptors[corruption](rasterOf(image, shape), severity, key);
  return new Float32Array(data.map(quantised ? floored : clipped));
}

function checkImage(image: Float32Array, shape: ImageShape): void {
  shape.forEach((side, i) => {
    checkValue('corrupt', `shape[${i}]`, side, required(integer({ min: 1 })));
  });
  checkChannels('corrupt', shape);
  const length = shape[0] * shape[1] * shape[2];
  if (image.length !== length)
    throw new ShapeError('corrupt', 'image', `[${length}] (${shape.join(' x ')})`, [image.length]);
  const pixel = image.findIndex((value) => !(value >= 0 && value <= 1));
  if (pixel === -1) return;
  throw said(new RangeError(refusal('corrupt', `image[${pixel}]`, number({ min: 0, max: 1 }).expected, image[pixel])));
}
