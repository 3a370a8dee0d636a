import {
  cast,
  customGrad,
  div,
  equal,
  type GradSaveFunc,
  max,
  mul,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';

/**
 * The largest channel at each position; where channels tie, each gets its share of the gradient.
 *
 * tfjs's own gradient of `max` gives all of it to every tied channel: a slope that the function has in no direction.
 *
 * @param x `[n, height, width, channels]`
 * @returns `[n, height, width, 1]`; the caller owns it
 */
export function channelMaximum(x: Tensor4D): Tensor4D {
  return largest(x) as Tensor4D;
}

const largest = customGrad((...[given, save]: (Tensor | GradSaveFunc)[]) => {
  const x = given as Tensor;
  const value = max(x, -1, true);
  (save as GradSaveFunc)([x, value]);
  const gradFunc = (dy: Tensor, [kept, top]: Tensor[]) =>
    tidy(() => {
      const tied = cast(equal(kept, top), 'float32');
      return mul(tied, div(dy, sum(tied, -1, true)));
    });
  return { value, gradFunc };
});
