import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Select, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { typedLoop } from './typed-loop';

type Inputs = Record<'condition' | 't' | 'e', TensorInfo>;

/** `where` of bools; the stock kernel writes four bytes for each, over whatever lies behind them. */
export const select: KernelRepair = {
  backend: 'wasm',
  kernel: Select,
  faults: ['bool-overruns'],
  replace: (stock) => (call) =>
    (call.inputs as Inputs).t.dtype === 'bool' ? ofBools(call) : (stock?.(call) as TensorInfo),
};

const ofBools = kernelFunction(({ condition, t, e }: Inputs, _: object, backend: BackendWasm) =>
  typedLoop(backend, [condition, t, e], t.shape, 'bool', (out, flags, yes, no) => {
    // A condition of rank 1 chooses rows.
    const row = out.length / Math.max(flags.length, 1);
    for (let i = 0; i < out.length; i++) out[i] = (flags[Math.floor(i / row)] ? yes : no)[i];
  }),
);
