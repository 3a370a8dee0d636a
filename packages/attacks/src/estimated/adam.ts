import { add, div, exp, mul, sqrt, square, sub, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { perImage } from '../rows';

/** Running means of gradients and of their squares. */
export type Moments = { mean: Tensor4D; power: Tensor4D };

const [beta1, beta2, tiny] = [0.9, 0.999, 1e-8];

/**
 * Adam's direction, to be scaled by a step size: `m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + 1e-8)` with the running means `m` of
 * gradients and `v` of their squares, `b1` = 0.9 and `b2` = 0.999.
 *
 * Kingma and Ba, Adam: a method for stochastic optimization (ICLR 2015).
 *
 * @param steps `[n]`: how many have been made, this one counted
 */
export function adam(
  { mean, power }: Moments,
  g: Tensor4D,
  steps: Tensor1D,
): { direction: Tensor4D; moments: Moments } {
  const moments = {
    mean: add<Tensor4D>(mul(mean, beta1), mul(g, 1 - beta1)),
    power: add<Tensor4D>(mul(power, beta2), mul(square(g), 1 - beta2)),
  };
  const unbiased = (moment: Tensor4D, beta: number): Tensor4D =>
    div(moment, perImage(sub(1, exp(mul(steps, Math.log(beta))))));
  const direction = div<Tensor4D>(unbiased(moments.mean, beta1), add(sqrt(unbiased(moments.power, beta2)), tiny));
  return { direction, moments };
}
