import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { size } from './lowering';
import type { OnnxBackend } from './onnx-backend';

/** The same data under another shape: nothing is recorded, each use takes the shape that it sees. */
function alias(backend: unknown, { dataId, dtype }: TensorInfo, shape: number[]): TensorInfo {
  (backend as OnnxBackend).incRef(dataId);
  return { dataId, shape, dtype };
}

/** The kernels that only name data anew. */
export const aliases: Readonly<Record<string, KernelFunc>> = {
  Identity: ({ inputs, backend }) => alias(backend, inputs.x as TensorInfo, (inputs.x as TensorInfo).shape),
  ExpandDims({ inputs, attrs, backend }) {
    const input = inputs.input as TensorInfo;
    const { dim } = attrs as { dim: number };
    const rank = input.shape.length;
    if (!(dim >= -rank - 1 && dim <= rank)) throw new Error(`onnx: [${input.shape}] has no place ${dim} for an axis`);
    return alias(backend, input, input.shape.toSpliced(dim < 0 ? rank + dim + 1 : dim, 0, 1));
  },
  Reshape({ inputs, attrs, backend }) {
    const x = inputs.x as TensorInfo;
    const { shape } = attrs as { shape: number[] };
    const free = shape.indexOf(-1);
    const rest = size(shape.filter((_, axis) => axis !== free));
    const full = free < 0 ? shape : shape.with(free, size(x.shape) / rest);
    if (size(full) !== size(x.shape)) throw new Error(`onnx: [${x.shape}] cannot be reshaped to [${shape}]`);
    return alias(backend, x, full);
  },
};
