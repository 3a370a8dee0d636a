import { less, mul, Prelu, where } from '@tensorflow/tfjs-core';
import { onTensorflow } from './on-tensorflow';

/** x, or alpha x below zero; tfjs-node adds the two, one of them times 0, which an infinite alpha makes NaN. */
export const prelu = onTensorflow(Prelu, ['infinity-times-zero'], ({ inputs: { x, alpha } }) =>
  where(less(x, 0), mul(alpha, x), x),
);
