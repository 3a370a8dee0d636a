import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { AvgPool, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose } from './composition';
import { keepingNaN } from './keeping-nan';

/** Average pooling; the stock kernel makes -Infinity of NaN. */
export const avgPool: KernelRepair = {
  backend: 'wasm',
  kernel: AvgPool,
  faults: ['nan-lost'],
  replace: (stock) =>
    kernelFunction(({ x }: Record<'x', TensorInfo>, attributes: object, backend: BackendWasm) =>
      compose(backend, (composer) =>
        keepingNaN(
          composer,
          backend,
          x,
          (each) => stock?.({ inputs: { x: each }, attrs: { ...attributes }, backend }) as TensorInfo,
        ),
      ),
    ),
};
