import {
  All,
  Any,
  ArgMax,
  ArgMin,
  backend_util,
  type KernelBackend,
  Prod,
  Reshape,
  Sum,
  type TensorInfo,
  Transpose,
  util,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';
import { compose } from '../composition';

interface Attributes {
  axis: number | number[];
  keepDims: boolean;
}

/** Reductions of int32 and bool. The stock kernels of webgpu move axes to the end by a program that takes float32 alone. */
const ofIntegers = (kernel: string): KernelRepair => ({
  backend: 'webgpu',
  kernel,
  faults: ['refused-unless-last-axes'],
  replace: (stock) =>
    kernelFunction(({ x }: Record<'x', TensorInfo>, { axis, keepDims }: Attributes, on: KernelBackend) =>
      compose(on, ({ run, own }) => {
        if (x.dtype === 'float32') {
          return stock?.({ inputs: { x }, attrs: { axis, keepDims }, backend: on }) as TensorInfo;
        }
        const axes = util.parseAxisParam(axis, x.shape);
        const perm = backend_util.getAxesPermutation(axes, x.shape.length);
        const last = backend_util.getInnerMostAxes(axes.length, x.shape.length);
        const inputs = { x: perm ? run(Transpose, { x }, { perm }) : x };
        const y = own(stock?.({ inputs, attrs: { axis: last, keepDims: false }, backend: on }) as TensorInfo);
        const shape = keepDims ? backend_util.expandShapeToKeepDim(y.shape, axes) : y.shape;
        return run(Reshape, { x: y }, { shape });
      }),
    ),
});

/** Places of extremes. The stock kernels of webgpu give that of a vector as a vector of one. */
const ofExtremes = (kernel: string): KernelRepair => ({
  backend: 'webgpu',
  kernel,
  faults: ['shape-of-a-vectors'],
  replace: (stock) =>
    kernelFunction(({ x }: Record<'x', TensorInfo>, attributes: { axis: number }, on: KernelBackend) => {
      const result = stock?.({ inputs: { x }, attrs: { ...attributes }, backend: on }) as TensorInfo;
      return x.shape.length === 1 ? { ...result, shape: [] } : result;
    }),
});

export const allGpu = ofIntegers(All);
export const anyGpu = ofIntegers(Any);
export const prodGpu = ofIntegers(Prod);
export const sumGpu = ofIntegers(Sum);
export const argMax = ofExtremes(ArgMax);
export const argMin = ofExtremes(ArgMin);
