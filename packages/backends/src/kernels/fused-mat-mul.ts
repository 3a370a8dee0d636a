import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { _FusedMatMul, type _FusedMatMulAttrs, Add, BatchMatMul, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { activated } from './activation';
import { compose } from './composition';
import { areSingle, uncached, untransposed } from './plain-matrices';

type Inputs = Record<'a' | 'b', TensorInfo> & Partial<Record<'bias' | 'preluActivationWeights', TensorInfo>>;

/**
 * Matrix product with bias and activation.
 *
 * The stock kernel's loop, which it takes for transposed and for batched operands, reads the bias by the position in the whole
 * result, adds it once for each 48 of the inner dimension, and applies the activation to partial sums. Here single matrices
 * are transposed first and take its other path; batches are a product, a sum and an activation of their own. So is a product
 * followed by a ReLU, in whose place the stock kernel clamps, and loses NaN, and one of nothing, which it does not write.
 */
export const fusedMatMul: KernelRepair = {
  backend: 'wasm',
  kernel: _FusedMatMul,
  faults: [
    'bias-and-activation-of-partial-sums',
    'stale-weights-after-reshape',
    'scalar-loop-when-transposed',
    'nan-lost',
  ],
  replace: (stock) =>
    kernelFunction((inputs: Inputs, attributes: _FusedMatMulAttrs, backend: BackendWasm) =>
      compose(backend, (composer) => {
        const { a, b, bias, preluActivationWeights } = inputs;
        const { transposeA, transposeB, activation, leakyreluAlpha } = attributes;
        const clamps = activation === 'relu' || activation === 'relu6';
        const empty = util.sizeFromShape(a.shape) === 0 || util.sizeFromShape(b.shape) === 0;
        if (empty || !areSingle(a, b)) {
          const product = composer.run(BatchMatMul, { a, b }, { transposeA, transposeB });
          const sum = bias ? composer.run(Add, { a: product, b: bias }) : product;
          return activated(composer, sum, attributes, preluActivationWeights);
        }
        const left = untransposed(composer, a, transposeA);
        const right = uncached(composer, backend, untransposed(composer, b, transposeB));
        const y = composer.own(
          stock?.({
            inputs: { a: left, b: right, bias, preluActivationWeights },
            attrs: {
              transposeA: false,
              transposeB: false,
              activation: clamps ? 'linear' : activation,
              leakyreluAlpha: leakyreluAlpha ?? 0,
            },
            backend,
          }) as TensorInfo,
        );
        return clamps ? activated(composer, y, attributes, undefined) : y;
      }),
    ),
};
