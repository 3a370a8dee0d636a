import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, UnsortedSegmentSum, type UnsortedSegmentSumAttrs, util } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { typedLoop } from './typed-loop';

/** Sums the slices of x along its first axis that have the same number; the gradient of `gather`. Numbers outside are dropped. */
export const unsortedSegmentSum: KernelRepair = {
  backend: 'wasm',
  kernel: UnsortedSegmentSum,
  faults: ['missing'],
  replace: () =>
    kernelFunction(
      (
        { x, segmentIds }: Record<'x' | 'segmentIds', TensorInfo>,
        attributes: UnsortedSegmentSumAttrs,
        backend: BackendWasm,
      ) => {
        const { numSegments } = attributes;
        const inner = x.shape.slice(1);
        const size = util.sizeFromShape(inner);
        return typedLoop(backend, [x, segmentIds], [numSegments, ...inner], x.dtype, (out, values, segments) => {
          for (let i = 0; i < segments.length; i++) {
            const segment = segments[i];
            if (segment < 0 || segment >= numSegments) continue;
            for (let j = 0; j < size; j++) out[segment * size + j] += values[i * size + j];
          }
        });
      },
    ),
};
