import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Sign, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { typedLoop } from './typed-loop';

/** -1, 0 or 1, of NaN 0 as on cpu; the stock kernel gives 0 for all entries below 1.2e-7, as small gradients are. */
export const sign: KernelRepair = {
  backend: 'wasm',
  kernel: Sign,
  faults: ['tiny-is-zero'],
  replace: () =>
    kernelFunction(({ x }: Record<'x', TensorInfo>, _: object, backend: BackendWasm) =>
      typedLoop(backend, [x], x.shape, x.dtype, (out, values) => {
        for (let i = 0; i < values.length; i++) out[i] = Math.sign(values[i]) || 0;
      }),
    ),
};
