import { clipByValue, type Tensor } from '@tensorflow/tfjs-core';

/** The negative part, `min(x, 0)`. On wasm `minimum` takes 50 times as long. */
export const below = (x: Tensor): Tensor => clipByValue(x, Number.NEGATIVE_INFINITY, 0);
