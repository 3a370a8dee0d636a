import { type NormName, norms } from '@agoge/core';
import { abs, step, sum, type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';

/** What a perturbation is measured in: a norm, or `l0`, the number of values (pixels times channels) that it changes. */
export type Distance = NormName | 'l0';

/** Size of each example's perturbation, `[n]`; sizes of a batch on the host: `sizeOf`. */
export function sizeOfDelta(distance: Distance, delta: Tensor4D): Tensor1D {
  if (distance !== 'l0') return norms[distance].size(delta);
  return tidy(() => sum<Tensor1D>(step(abs(delta)), [1, 2, 3]));
}
