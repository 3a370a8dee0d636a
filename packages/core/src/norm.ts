import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Bounds, ImageShape, Run } from './contracts';

export type NormName = 'linf' | 'l2' | 'l1';

/** What an attack needs of a norm. All tensors are batches `[n, height, width, channels]`; the caller owns what is returned. */
export interface Norm {
  readonly name: NormName;
  /** Size of each example's perturbation, `[n]`. */
  size(delta: Tensor4D): Tensor1D;
  /** The direction of size 1 in which a linear function with gradient `g` grows fastest; 0 where `g` is 0. */
  steepest(g: Tensor4D): Tensor4D;
  /**
   * The point nearest to `x` (in the Euclidean sense) of the ball of size `eps` around `center`, within the bounds; `eps` for
   * all, or of each example, `[n, 1, 1, 1]`.
   */
  project(x: Tensor4D, center: Tensor4D, eps: number | Tensor, bounds: Bounds): Tensor4D;
  /** A perturbation uniform in the ball of size `eps`, of shape `[index.length, ...item]`. */
  sample(eps: number, item: ImageShape, key: Pick<Run, 'seed' | 'index'> & { stream: string }): Tensor4D;
}
