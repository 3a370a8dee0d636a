import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { BatchMatMul, type BatchMatMulAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose } from './composition';
import { areSingle, uncached, untransposed } from './plain-matrices';

/**
 * Matrix product. Single matrices are transposed first where asked, since only the product of plain ones is fast, and
 * weights are kept from meeting a cache entry of another shape. Batches of matrices take the stock kernel's loop.
 */
export const batchMatMul: KernelRepair = {
  backend: 'wasm',
  kernel: BatchMatMul,
  faults: ['stale-weights-after-reshape', 'scalar-loop-when-transposed'],
  replace: (stock) =>
    kernelFunction(({ a, b }: Record<'a' | 'b', TensorInfo>, attributes: BatchMatMulAttrs, backend: BackendWasm) =>
      compose(backend, (composer) => {
        const multiply = (left: TensorInfo, right: TensorInfo, transposeA: boolean, transposeB: boolean) =>
          stock?.({ inputs: { a: left, b: right }, attrs: { transposeA, transposeB }, backend }) as TensorInfo;
        const { transposeA, transposeB } = attributes;
        if (a.dtype !== 'float32' || b.dtype !== 'float32' || !areSingle(a, b)) {
          return multiply(a, b, transposeA, transposeB);
        }
        const left = untransposed(composer, a, transposeA);
        const right = uncached(composer, backend, untransposed(composer, b, transposeB));
        return multiply(left, right, false, false);
      }),
    ),
};
