import { backend_util, MaxPool, type MaxPoolAttrs, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../kernel-repair';
import { allFinite } from './all-finite';
import { numbered } from './borders';
import { forEachWindow, holdNothing, shape4d } from './pooling-windows';
import { type ReadableBackend, typedLoop, valuesOf } from './typed-loop';

/**
 * Maximum pooling, NaN where the window holds one, as in PyTorch and TensorFlow; the stock kernels pass over it. That of wasm
 * knows no windows beyond the padding, nor that the maximum of one within it is -Infinity.
 */
const maximumPooling = (backend: 'cpu' | 'wasm', faults: readonly string[]): KernelRepair => ({
  backend,
  kernel: MaxPool,
  faults,
  replace: (stock) => (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const on = call.backend as ReadableBackend;
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs as unknown as MaxPoolAttrs;
    const geometry = backend_util.computePool2DInfo(shape4d(x), filterSize, strides, 1, pad, dimRoundingMode);
    if (allFinite(valuesOf(on, x)) && (backend === 'cpu' || !holdNothing(geometry))) {
      const attrs = { ...call.attrs, pad: numbered(geometry), dimRoundingMode: 'floor' } as unknown as NamedAttrMap;
      return stock?.({ ...call, attrs }) as TensorInfo;
    }
    const { inChannels, inWidth, outShape } = geometry;
    return typedLoop(on, [x], outShape, x.dtype, (out, values) => {
      out.fill(Number.NEGATIVE_INFINITY);
      forEachWindow(geometry, (output, image, top, bottom, left, right) => {
        for (let row = top; row < bottom; row++) {
          let position = image + (row * inWidth + left) * inChannels;
          for (let column = left; column < right; column++) {
            for (let channel = output; channel < output + inChannels; channel++, position++) {
              out[channel] = Math.max(out[channel], values[position]);
            }
          }
        }
      });
    });
  },
});

export const maxPool = maximumPooling('wasm', ['nan-lost', 'rounded-up-misread', 'padding-not-empty']);
export const maxPoolCpu = maximumPooling('cpu', ['nan-lost']);
