import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { ClipByValue, type ClipByValueAttrs, Log1p, Relu6, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { allFinite } from './all-finite';
import { typedLoop } from './typed-loop';

type Input = Record<'x', TensorInfo>;

/**
 * Into a range, but for NaN, for which the stock kernels give its lower end. They take all other numbers, but not integers, whose
 * bits they read as floats, nor a range of one number, for which they write no result.
 */
const clamp = (
  kernel: string,
  faults: readonly string[],
  range: (attributes: ClipByValueAttrs) => [low: number, high: number],
): KernelRepair => ({
  backend: 'wasm',
  kernel,
  faults,
  replace: (stock) => (call) => {
    const { x } = call.inputs as Input;
    const backend = call.backend as BackendWasm;
    const [low, high] = range(call.attrs as unknown as ClipByValueAttrs);
    const ordinary = x.dtype === 'float32' && low < high;
    if (ordinary && allFinite(backend.typedArrayFromHeap(x))) return stock?.(call) as TensorInfo;
    return typedLoop(backend, [x], x.shape, x.dtype, (out, values) => {
      for (let i = 0; i < values.length; i++) out[i] = Math.max(low, Math.min(high, values[i]));
    });
  },
});

export const clipByValue = clamp(
  ClipByValue,
  ['nan-lost', 'integers-as-floats', 'unwritten-if-one-number'],
  ({ clipValueMin, clipValueMax }) => [clipValueMin, clipValueMax],
);
export const relu6 = clamp(Relu6, ['nan-lost'], () => [0, 6]);

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
