import {
  GatherNd,
  type NamedAttrMap,
  ScatterNd,
  SparseToDense,
  type TensorInfo,
  TensorScatterUpdate,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../kernel-repair';
import { type ReadableBackend, valuesOf } from './typed-loop';

type Inputs = Record<string, TensorInfo>;

/**
 * Places `[.., depth]` in a shape, each number within its own axis, or an error. The stock kernels of wasm read and write
 * wherever the place would be; those of cpu refuse what is outside the tensor, but not what is in another row of it.
 *
 * @param which gives the indices and the shape that they count in
 */
const within = (
  kernel: string,
  which: (inputs: Inputs, attributes: NamedAttrMap) => [indices: TensorInfo, shape: readonly number[]],
): KernelRepair[] =>
  (['cpu', 'wasm'] as const).map((backend) => ({
    backend,
    kernel,
    faults: [backend === 'cpu' ? 'indices-wrap' : 'indices-unchecked'],
    replace: (stock) => (call) => {
      const [indices, shape] = which(call.inputs as Inputs, call.attrs ?? {});
      const depth = indices.shape.length > 1 ? indices.shape[indices.shape.length - 1] : 1;
      const numbers = valuesOf(call.backend as ReadableBackend, indices);
      for (let i = 0; i < numbers.length; i++) {
        const size = shape[i % depth];
        if (numbers[i] >= 0 && numbers[i] < size) continue;
        const place = Array.from(numbers.subarray(i - (i % depth), i - (i % depth) + depth));
        throw new Error(`${kernel}: the place [${place.join(', ')}] is outside the shape [${shape.join(', ')}]`);
      }
      return stock?.(call) as TensorInfo;
    },
  }));

const shapeIn = ({ shape, outputShape }: NamedAttrMap) => (shape ?? outputShape) as number[];

const repairs = [
  ...within(GatherNd, ({ params, indices }) => [indices, params.shape]),
  ...within(ScatterNd, ({ indices }, attributes) => [indices, shapeIn(attributes)]),
  ...within(SparseToDense, ({ sparseIndices }, attributes) => [sparseIndices, shapeIn(attributes)]),
  ...within(TensorScatterUpdate, ({ tensor, indices }) => [indices, tensor.shape]),
];

export const indicesWithinCpu = repairs.filter(({ backend }) => backend === 'cpu');
export const indicesWithinWasm = repairs.filter(({ backend }) => backend === 'wasm');
