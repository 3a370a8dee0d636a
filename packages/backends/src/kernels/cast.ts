import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Cast, type CastAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { typedLoop } from './typed-loop';

/** To bool, whatever is not 0 is true; the stock kernel keeps the lowest byte of the integer part, and 0.5 is false. */
export const cast: KernelRepair = {
  backend: 'wasm',
  kernel: Cast,
  faults: ['bool-by-truncation'],
  replace: (stock) => (call) =>
    call.attrs?.dtype === 'bool' && (call.inputs as Record<'x', TensorInfo>).x.dtype !== 'bool'
      ? toBool(call)
      : (stock?.(call) as TensorInfo),
};

const toBool = kernelFunction(({ x }: Record<'x', TensorInfo>, _: CastAttrs, backend: BackendWasm) =>
  typedLoop(backend, [x], x.shape, 'bool', (out, values) => {
    for (let i = 0; i < values.length; i++) out[i] = Number(values[i] !== 0);
  }),
);
