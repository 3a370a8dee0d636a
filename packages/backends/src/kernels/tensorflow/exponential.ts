import { _FusedMatMul, Elu, elu, expm1, greater, mul, Selu, type Tensor, where } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { type Call, onTensorflow } from './on-tensorflow';

export const coarse = 'coarse-near-zero';

/** x above 0, else a multiple of exp(x) - 1, of which TensorFlow takes 1 from exp(x): 0 for all below 6e-8. */
const exponential = (kernel: string, alpha: number, scale: number) =>
  onTensorflow(kernel, [coarse], ({ inputs: { x } }) => mul(where(greater(x, 0), x, mul(expm1(x), alpha)), scale));

/** The kernel with its activation `elu`, if it has that one, apart. */
export function eluApart(call: Call, stock: (call: Call) => Tensor): Tensor {
  if (call.attrs.activation !== 'elu') return stock(call);
  return elu(stock({ ...call, attrs: { ...call.attrs, activation: 'linear' } }));
}

export const exponentials: readonly KernelRepair[] = [
  exponential(Elu, 1, 1),
  exponential(Selu, 1.6732632423543772, 1.0507009873554805),
  onTensorflow(_FusedMatMul, [coarse], eluApart),
];
