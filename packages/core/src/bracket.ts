import { add, mul, type Tensor, where } from '@tensorflow/tfjs-core';

/** Halvings of a bracket: what float32 can tell apart. */
const halvings = 24;

/**
 * Halves the interval between a parameter that fits and one that need not, example by example: a search without sorting,
 * and without reading anything back.
 *
 * @param good parameters that fit
 * @param bad parameters beyond the last that fits
 * @returns the last that was found to fit, and the first that was found not to
 */
export function bracket(good: Tensor, bad: Tensor, fits: (parameter: Tensor) => Tensor): [good: Tensor, bad: Tensor] {
  let [inside, outside] = [good, bad];
  for (let i = 0; i < halvings; i++) {
    const middle = mul(add(inside, outside), 0.5);
    const fit = fits(middle);
    [inside, outside] = [where(fit, middle, inside), where(fit, outside, middle)];
  }
  return [inside, outside];
}
