import { type TensorInfo, UnsortedSegmentSum, type UnsortedSegmentSumAttrs, util } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { type ReadableBackend, typedLoop } from './typed-loop';

/** Sums the slices of x along its first axis that have the same number; the gradient of `gather`. Numbers outside are dropped. */
const segmentSum = (backend: 'cpu' | 'wasm', faults: readonly string[]): KernelRepair => ({
  backend,
  kernel: UnsortedSegmentSum,
  faults,
  replace: () =>
    kernelFunction(
      (
        { x, segmentIds }: Record<'x' | 'segmentIds', TensorInfo>,
        attributes: UnsortedSegmentSumAttrs,
        on: ReadableBackend,
      ) => {
        const { numSegments } = attributes;
        const inner = x.shape.slice(1);
        const size = util.sizeFromShape(inner);
        return typedLoop(on, [x, segmentIds], [numSegments, ...inner], x.dtype, (out, values, segments) => {
          for (let i = 0; i < segments.length; i++) {
            const segment = segments[i];
            if (segment < 0 || segment >= numSegments) continue;
            for (let j = 0; j < size; j++) out[segment * size + j] += values[i * size + j];
          }
        });
      },
    ),
});

export const unsortedSegmentSum = segmentSum('wasm', ['missing']);
/** The stock kernel multiplies by masks, so that NaN and infinities reach every segment, and makes floats of integers. */
export const unsortedSegmentSumCpu = segmentSum('cpu', ['nan-in-every-segment', 'type-lost']);
