import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type TensorInfo, Transpose, type TransposeAttrs, util } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';
import { webgpuProgram } from './webgpu-program';

/** Axes in another order. The stock program of webgpu writes float32 alone: for int32 and bool it does not compile. */
export const transpose: KernelRepair = {
  backend: 'webgpu',
  kernel: Transpose,
  faults: ['refused-if-int32-or-bool'],
  replace: (stock) =>
    kernelFunction(({ x }: Record<'x', TensorInfo>, { perm }: TransposeAttrs, backend: WebGPUBackend) => {
      if (x.dtype === 'float32' || util.sizeFromShape(x.shape) === 0) {
        return stock?.({ inputs: { x }, attrs: { perm }, backend }) as TensorInfo;
      }
      const outputShape = perm.map((axis) => x.shape[axis]);
      return backend.runWebGPUProgram(webgpuProgram('transpose', ['x'], outputShape, moves(x, perm)), [x], x.dtype);
    }),
};

/** From the last axis of the result to its first, a coordinate and how far it moves in x. */
function moves(x: TensorInfo, perm: number[]): string {
  const strides = [...util.computeStrides(x.shape), 1];
  const steps = perm.map((axis) => `place += (rest % ${x.shape[axis]}) * ${strides[axis]}; rest /= ${x.shape[axis]};`);
  return `
    var rest = index;
    var place = 0;
    ${steps.reverse().join('\n    ')}
    setOutputAtIndexI32(index, x[place]);`;
}
