import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { AvgPool, type AvgPoolAttrs, backend_util, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { numbered } from './borders';
import { compose } from './composition';
import { keepingNaN } from './keeping-nan';
import { forEachWindow, holdNothing, shape4d } from './pooling-windows';
import { typedLoop } from './typed-loop';

type Input = Record<'x', TensorInfo>;

/**
 * Average pooling; the stock kernel makes -Infinity of NaN, and knows no windows beyond the padding, nor that the mean of one
 * within it is NaN.
 */
export const avgPool: KernelRepair = {
  backend: 'wasm',
  kernel: AvgPool,
  faults: ['nan-lost', 'rounded-up-misread', 'padding-not-empty'],
  replace: (stock) =>
    kernelFunction(({ x }: Input, attributes: AvgPoolAttrs, backend: BackendWasm) => {
      const { filterSize, strides, pad, dimRoundingMode } = attributes;
      const geometry = backend_util.computePool2DInfo(shape4d(x), filterSize, strides, 1, pad, dimRoundingMode);
      if (holdNothing(geometry)) return means(x, geometry, backend);
      const attrs = { ...attributes, pad: numbered(geometry), dimRoundingMode: 'floor' } as unknown as NamedAttrMap;
      return compose(backend, (composer) =>
        keepingNaN(composer, backend, x, (each) => stock?.({ inputs: { x: each }, attrs, backend }) as TensorInfo),
      );
    }),
};

/** The mean of each window, one by one. */
const means = (x: TensorInfo, geometry: backend_util.Conv2DInfo, backend: BackendWasm): TensorInfo =>
  typedLoop(backend, [x], geometry.outShape, 'float32', (out, values) => {
    const { inChannels, inWidth } = geometry;
    out.fill(Number.NaN);
    forEachWindow(geometry, (output, image, top, bottom, left, right) => {
      for (let channel = 0; channel < inChannels; channel++) {
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            sum += values[image + (row * inWidth + column) * inChannels + channel];
          }
        }
        out[output + channel] = sum / ((bottom - top) * (right - left));
      }
    });
  });
