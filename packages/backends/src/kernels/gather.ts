import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, GatherV2, type GatherV2Attrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { typedLoop, type Values } from './typed-loop';

/** Entries of x along an axis, chosen by number; the stock kernel misreads a batch of numbers, and gives nothing another shape. */
export const gatherV2: KernelRepair = {
  backend: 'wasm',
  kernel: GatherV2,
  faults: ['batches-misread'],
  replace: (stock) => (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const batchDims = (call.attrs as unknown as GatherV2Attrs).batchDims ?? 0;
    return batchDims === 0 && util.sizeFromShape(x.shape) > 0 ? (stock?.(call) as TensorInfo) : gathered(call);
  },
};

const gathered = kernelFunction(
  ({ x, indices }: Record<'x' | 'indices', TensorInfo>, attributes: GatherV2Attrs, backend: BackendWasm) => {
    const [axis] = util.parseAxisParam(attributes.axis, x.shape);
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      backend_util.segment_util.collectGatherOpShapeInfo(
        x as Parameters<typeof backend_util.segment_util.collectGatherOpShapeInfo>[0],
        indices as Parameters<typeof backend_util.segment_util.collectGatherOpShapeInfo>[1],
        axis,
        attributes.batchDims ?? 0,
      );
    const numbers = backend.typedArrayFromHeap(indices) as Values;
    const wrong = numbers.find((each) => each < 0 || each >= dimSize);
    if (wrong !== undefined) throw new Error(`${GatherV2}: the index ${wrong} is not in [0, ${dimSize - 1}]`);
    return typedLoop(backend, [x, indices], outputShape, x.dtype, (out, values, chosen) => {
      const perBatch = chosen.length / batchSize;
      let to = 0;
      for (let row = 0; row < batchSize * outerSize; row++) {
        const first = Math.floor(row / outerSize) * perBatch;
        for (let i = first; i < first + perBatch; i++, to += sliceSize) {
          const from = (row * dimSize + chosen[i]) * sliceSize;
          out.set(values.subarray(from, from + sliceSize), to);
        }
      }
    });
  },
);
