import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  _FusedMatMul,
  type _FusedMatMulAttrs,
  Add,
  BatchMatMul,
  Elu,
  LeakyRelu,
  Prelu,
  Relu,
  Relu6,
  Sigmoid,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { type Composer, compose } from './composition';
import { areSingle, uncached, untransposed } from './plain-matrices';

type Inputs = Record<'a' | 'b', TensorInfo> & Partial<Record<'bias' | 'preluActivationWeights', TensorInfo>>;

/**
 * Matrix product with bias and activation.
 *
 * The stock kernel's loop, which it takes for transposed and for batched operands, reads the bias by the position in the whole
 * result, adds it once for each 48 of the inner dimension, and applies the activation to partial sums. Here single matrices
 * are transposed first and take its other path; batches are a product, a sum and an activation of their own.
 */
export const fusedMatMul: KernelRepair = {
  backend: 'wasm',
  kernel: _FusedMatMul,
  faults: ['bias-and-activation-of-partial-sums', 'stale-weights-after-reshape', 'scalar-loop-when-transposed'],
  replace: (stock) =>
    kernelFunction((inputs: Inputs, attributes: _FusedMatMulAttrs, backend: BackendWasm) =>
      compose(backend, (composer) => {
        const { a, b, bias, preluActivationWeights } = inputs;
        const { transposeA, transposeB, activation, leakyreluAlpha } = attributes;
        if (areSingle(a, b)) {
          const left = untransposed(composer, a, transposeA);
          const right = uncached(composer, backend, untransposed(composer, b, transposeB));
          return stock?.({
            inputs: { a: left, b: right, bias, preluActivationWeights },
            attrs: { transposeA: false, transposeB: false, activation, leakyreluAlpha: leakyreluAlpha ?? 0 },
            backend,
          }) as TensorInfo;
        }
        const product = composer.run(BatchMatMul, { a, b }, { transposeA, transposeB });
        const sum = bias ? composer.run(Add, { a: product, b: bias }) : product;
        return activated(composer, sum, activation, leakyreluAlpha, preluActivationWeights);
      }),
    ),
};

function activated(
  { run }: Composer,
  x: TensorInfo,
  activation: string,
  alpha: number | undefined,
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
      return run(LeakyRelu, { x }, { alpha: alpha ?? 0 });
    case 'prelu':
      return run(Prelu, { x, alpha: slopes });
    default:
      throw new Error(`${_FusedMatMul}: wasm has no fused activation ${activation}`);
  }
}
