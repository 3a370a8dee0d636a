import { softplus as stock, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';

/**
 * The smooth rectifier, `f(x) = log(1 + exp(x))` with `f'(x) = sigmoid(x)`. tfjs's own operation, which does not overflow.
 *
 * A smooth activation of Dai, Mahloujifar, Mittal 2021 (PAF, arXiv 2110.05626).
 *
 * @param x of any shape
 * @returns of the same shape; the caller owns it
 */
export function softplus<T extends Tensor>(x: T): T {
  return stock(x);
}

/** Options of {@link Softplus}: those of every tfjs layer. */
export type SoftplusOptions = LayerOptions;

/** {@link softplus} as a layer, `AgogeSoftplus` in saved models. */
export const Softplus = activationLayer<SoftplusOptions>({ name: 'Softplus', apply: softplus });
