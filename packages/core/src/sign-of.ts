import { neg, step, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * -1, 0 or 1 by the sign of each entry; for constants, not for the tape.
 *
 * Made of steps, since `sign` of tfjs 4.22 on wasm is 0 for all entries below 1.2e-7: a gradient that small, which confident
 * classifiers have, would lose its direction.
 */
export function signOf<T extends Tensor>(x: T): T {
  return tidy(() => sub<T>(step(x), step(neg(x))));
}
