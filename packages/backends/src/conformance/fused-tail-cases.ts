import { fused, type Rank, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { sigmoid } from './float64/special-functions';
import type { KernelCase } from './kernel-case';

const x = [-87, -60, -30, -19, -18, -17, -10, -1e-4, -1e-8, 0, 1e-8, 0.5, 17, 40].map(Math.fround);
const functions = {
  sigmoid,
  elu: (each: number) => (each > 0 ? each : Math.expm1(each)),
} as const;

type Activation = keyof typeof functions;
const images = () => tensor<Rank.R4>(x, [x.length, 1, 1, 1]);
const one = () => tensor<Rank.R4>([1], [1, 1, 1, 1]);
const kernels: Readonly<Record<string, (activation: Activation) => Tensor>> = {
  _FusedMatMul: (activation) =>
    fused.matMul({ a: tensor<Rank.R2>(x, [x.length, 1]), b: tensor<Rank.R2>([1], [1, 1]), activation }),
  FusedConv2D: (activation) => fused.conv2d({ x: images(), filter: one(), strides: 1, pad: 'valid', activation }),
  FusedDepthwiseConv2D: (activation) =>
    fused.depthwiseConv2d({ x: images(), filter: one(), strides: 1, pad: 'valid', activation }),
};

/** The tails of activations within products and convolutions, of numbers times 1. */
export const fusedTailCases: readonly KernelCase[] = Object.entries(kernels).flatMap(([kernel, run]) =>
  (Object.keys(functions) as Activation[]).map(
    (activation): KernelCase => ({
      kernel,
      of: 'forward',
      name: `${activation}: tails`,
      compute: () => reshape(run(activation), [-1]),
      shape: [x.length],
      dtype: 'float32',
      expected: () => x.map(functions[activation]),
      precision: 'transcendental',
    }),
  ),
);
