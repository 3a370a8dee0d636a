import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { OneHot, type OneHotAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { typedLoop } from './typed-loop';

/** `onValue` in the column of each index, else `offValue`; of a float type the stock kernel writes the bits of integers. */
export const oneHot: KernelRepair = {
  backend: 'wasm',
  kernel: OneHot,
  faults: ['integer-bits-as-float'],
  replace: () =>
    kernelFunction(({ indices }: Record<'indices', TensorInfo>, attributes: OneHotAttrs, backend: BackendWasm) => {
      const { depth, onValue, offValue, dtype } = attributes;
      return typedLoop(backend, [indices], [...indices.shape, depth], dtype, (out, columns) => {
        out.fill(offValue);
        for (let row = 0; row < columns.length; row++) {
          const column = columns[row];
          if (column >= 0 && column < depth) out[row * depth + column] = onValue;
        }
      });
    }),
};
