import { div, sub, type Tensor4D, tensor1d } from '@tensorflow/tfjs-core';
import type { Bounds } from './contracts';
import { refusal, said } from './errors';
import { arrayOf, checkValue, number, type Rules, required } from './options';

/** How a model's pixels are meant; attacks stay in pixel space, what the model wants is made inside the classifier. */
export interface PixelOptions {
  /** Smallest and largest pixel, such as `[0, 1]` or `[0, 255]`. No default: a wrong guess makes every result wrong. */
  bounds: Bounds;
  /** Subtracted from each pixel, per channel, before the model. Default: none. */
  mean?: readonly number[];
  /** Divides each pixel, per channel, after the mean. Default: none. */
  std?: readonly number[];
}

const channels = arrayOf(number());

/** The rules of {@link PixelOptions}. */
export const pixelRules: Rules = {
  bounds: required(arrayOf(number(), 2)),
  mean: channels,
  std: arrayOf(number({ above: 0 })),
};

/** Checks that bounds are two numbers in order. */
export function checkBounds(who: string, bounds: Bounds): void {
  checkValue(who, 'bounds', bounds, pixelRules.bounds);
  if (bounds[0] >= bounds[1]) throw said(new RangeError(refusal(who, 'bounds', '[low, high] with low < high', bounds)));
}

/** (x - mean) / std, per channel; the images themselves where neither is given. */
export function normalize(x: Tensor4D, mean?: readonly number[], std?: readonly number[]): Tensor4D {
  const centred = mean ? sub<Tensor4D>(x, tensor1d([...mean])) : x;
  return std ? div<Tensor4D>(centred, tensor1d([...std])) : centred;
}
