import { checkValue, fn, required, ShapeError } from '@agoge/core';
import { customGrad, type GradSaveFunc, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * Backward pass differentiable approximation: a function with its own values and the gradient of another, for defences that
 * have no gradient, or a useless one (rounding, JPEG, thermometer codes, a non-smooth activation).
 *
 * Put it in the place of the defence in the classifier that is attacked. The gradient is that of `backward` at the input;
 * with the identity, the default, the defence is passed over (the straight-through estimator).
 *
 * Athalye et al., Obfuscated gradients give a false sense of security (ICML 2018), §4.1.
 *
 * @param forward from a tensor to a tensor: the values; need not be made of ops with gradients
 * @param backward with values of the same shape, made of ops with gradients
 * @returns the function; it tidies up after itself
 * @throws TypeError for what is no function; ShapeError, when called, where the two differ in shape
 * @example
 * const rounded = bpda((x: Tensor4D) => div(round(mul(x, 8)), 8));
 * const attacked = fromFunction((x) => f(rounded(x)), { bounds: f.bounds, classes: f.classes });
 */
export function bpda<T extends Tensor>(
  forward: (x: T) => T,
  backward: (x: T) => T = (x) => x.clone() as T,
): (x: T) => T {
  checkValue('bpda', 'forward', forward, required(fn));
  checkValue('bpda', 'backward', backward, fn);
  return (x) =>
    tidy(() => {
      // On the tape stands `backward`; a custom gradient of 1 puts the other values in the place of its own.
      const instead = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
        const value = forward(x);
        const stand = given[0] as Tensor;
        if (value.shape.join() !== stand.shape.join()) {
          throw new ShapeError(
            'bpda',
            'what backward returns',
            `[${value.shape.join(', ')}], as of forward`,
            stand.shape,
          );
        }
        return { value, gradFunc: (dy: Tensor) => dy.clone() };
      });
      return instead(backward(x)) as T;
    });
}
