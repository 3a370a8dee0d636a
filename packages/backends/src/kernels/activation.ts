import { Elu, LeakyRelu, Prelu, Relu, Relu6, Sigmoid, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Composer } from './composition';

export interface Activation {
  activation?: string;
  leakyreluAlpha?: number;
}

/** The activation of a fused kernel, as a kernel of its own. */
export function activated(
  { run }: Composer,
  x: TensorInfo,
  { activation = 'linear', leakyreluAlpha = 0 }: Activation,
  slopes: TensorInfo | undefined,
): TensorInfo {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return run(Relu, { x });
    case 'relu6':
      return run(Relu6, { x });
    case 'elu':
      return run(Elu, { x });
    case 'sigmoid':
      return run(Sigmoid, { x });
    case 'leakyrelu':
      return run(LeakyRelu, { x }, { alpha: leakyreluAlpha });
    case 'prelu':
      return run(Prelu, { x, alpha: slopes });
    default:
      throw new Error(`wasm has no fused activation ${activation}`);
  }
}
