import { relu as stock, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';

/**
 * The rectifier, `f(x) = max(x, 0)` with `f'(x) = 1[x > 0]`, so `f'(0) = 0`. tfjs's own operation: two passes each way.
 *
 * @param x of any shape
 * @returns of the same shape; the caller owns it
 */
export function relu<T extends Tensor>(x: T): T {
  return stock(x);
}

/** Options of {@link ReLU}: those of every tfjs layer. */
export type ReLUOptions = LayerOptions;

/** {@link relu} as a layer, `AgogeReLU` in saved models. */
export const ReLU = activationLayer<ReLUOptions>({ name: 'ReLU', apply: relu });
