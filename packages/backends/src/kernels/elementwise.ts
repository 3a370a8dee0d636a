import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { ClipByValue, type ClipByValueAttrs, Log1p, Relu6, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { typedLoop } from './typed-loop';

type Input = Record<'x', TensorInfo>;

/** Into [low, high], but for NaN; the stock kernels give `low` for it. */
function clamped({ x }: Input, low: number, high: number, backend: BackendWasm): TensorInfo {
  return typedLoop(backend, [x], x.shape, x.dtype, (out, values) => {
    for (let i = 0; i < values.length; i++) out[i] = Math.max(low, Math.min(high, values[i]));
  });
}

export const clipByValue: KernelRepair = {
  backend: 'wasm',
  kernel: ClipByValue,
  faults: ['nan-lost'],
  replace: () =>
    kernelFunction((input: Input, { clipValueMin, clipValueMax }: ClipByValueAttrs, backend: BackendWasm) =>
      clamped(input, clipValueMin, clipValueMax, backend),
    ),
};

export const relu6: KernelRepair = {
  backend: 'wasm',
  kernel: Relu6,
  faults: ['nan-lost'],
  replace: () => kernelFunction((input: Input, _: object, backend: BackendWasm) => clamped(input, 0, 6, backend)),
};

/** log(1 + x); the stock kernel forms the sum, and gives 0 for all x below 6e-8. */
export const log1p: KernelRepair = {
  backend: 'wasm',
  kernel: Log1p,
  faults: ['tiny-is-zero'],
  replace: () =>
    kernelFunction(({ x }: Input, _: object, backend: BackendWasm) =>
      typedLoop(backend, [x], x.shape, 'float32', (out, values) => {
        for (let i = 0; i < values.length; i++) out[i] = Math.log1p(values[i]);
      }),
    ),
};
