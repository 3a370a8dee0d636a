import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Fill, PadV2, type PadV2Attrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose, floats } from './composition';

/** Padding with NaN, in whose place the stock kernel writes 0. */
export const padV2: KernelRepair = {
  backend: 'wasm',
  kernel: PadV2,
  faults: ['nan-lost'],
  replace: (stock) => (call) =>
    Number.isNaN((call.attrs as unknown as PadV2Attrs).constantValue) ? withNaN(call) : (stock?.(call) as TensorInfo),
};

const withNaN = kernelFunction(({ x }: Record<'x', TensorInfo>, { paddings }: PadV2Attrs, backend: BackendWasm) =>
  compose(backend, ({ run, write }) => {
    const inside = run(Fill, {}, { shape: x.shape, value: 1, dtype: 'float32' });
    const [values, covered] = [x, inside].map((each) => run(PadV2, { x: each }, { paddings, constantValue: 0 }));
    return write(values.shape, (out) => {
      const [padded, kept] = [floats(backend, values), floats(backend, covered)];
      for (let i = 0; i < out.length; i++) out[i] = kept[i] === 0 ? Number.NaN : padded[i];
    });
  }),
);
