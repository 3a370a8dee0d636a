import { backend_util, MaxPoolGrad, type MaxPoolGradAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { allFinite } from './all-finite';
import { forEachWindow, shape4d } from './pooling-windows';
import { type ReadableBackend, typedLoop, valuesOf } from './typed-loop';

type Inputs = Record<'dy' | 'input', TensorInfo>;

/** Each window's gradient goes to its first maximum in row-major order, or to its NaN, as in PyTorch. */
const gradient = kernelFunction(({ dy, input }: Inputs, attributes: MaxPoolGradAttrs, backend: ReadableBackend) => {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const geometry = backend_util.computePool2DInfo(shape4d(input), filterSize, strides, 1, pad, dimRoundingMode);
  const { inChannels, inWidth } = geometry;
  return typedLoop(backend, [dy, input], input.shape, 'float32', (dx, upstream, x) => {
    forEachWindow(geometry, (output, image, top, bottom, left, right) => {
      for (let channel = 0; channel < inChannels; channel++) {
        let largest = image + (top * inWidth + left) * inChannels + channel;
        for (let row = top; row < bottom; row++) {
          let position = image + (row * inWidth + left) * inChannels + channel;
          for (let column = left; column < right; column++, position += inChannels) {
            // Not below it and not equal: above, or NaN.
            if (!(x[position] <= x[largest]) && !Number.isNaN(x[largest])) largest = position;
          }
        }
        dx[largest] += upstream[output + channel];
      }
    });
  });
});

/**
 * The stock kernel's running maximum starts at the smallest positive float32, so that a window whose maximum is zero or less
 * sends its gradient elsewhere.
 */
export const maxPoolGrad: KernelRepair = {
  backend: 'wasm',
  kernel: MaxPoolGrad,
  faults: ['maximum-below-zero', 'last-of-tied-maxima', 'nan-passed-over'],
  replace: () => gradient,
};

export const maxPoolGradCpu: KernelRepair = {
  backend: 'cpu',
  kernel: MaxPoolGrad,
  faults: ['nan-passed-over'],
  replace: (stock) => (call) => {
    const ordinary = allFinite(valuesOf(call.backend as ReadableBackend, call.inputs.input as TensorInfo));
    return ordinary && stock ? stock(call) : gradient(call);
  },
};
