import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, MaxPoolGrad, type MaxPoolGradAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { forEachWindow, shape4d } from './pooling-windows';
import { typedLoop } from './typed-loop';

/**
 * Gradient of maximum pooling: each window's gradient goes to its first maximum in row-major order, as on the cpu backend and
 * in PyTorch. The stock kernel's running maximum starts at the smallest positive float32, so that a window whose maximum is
 * zero or less sends its gradient elsewhere.
 */
export const maxPoolGrad: KernelRepair = {
  backend: 'wasm',
  kernel: MaxPoolGrad,
  faults: ['maximum-below-zero', 'last-of-tied-maxima'],
  replace: () =>
    kernelFunction(
      ({ dy, input }: Record<'dy' | 'input', TensorInfo>, attributes: MaxPoolGradAttrs, backend: BackendWasm) => {
        const { filterSize, strides, pad, dimRoundingMode } = attributes;
        const geometry = backend_util.computePool2DInfo(shape4d(input), filterSize, strides, 1, pad, dimRoundingMode);
        const { inChannels, inWidth } = geometry;
        return typedLoop(backend, [dy, input], input.shape, 'float32', (dx, gradient, x) => {
          forEachWindow(geometry, (output, image, top, bottom, left, right) => {
            for (let channel = 0; channel < inChannels; channel++) {
              let largest = image + (top * inWidth + left) * inChannels + channel;
              for (let row = top; row < bottom; row++) {
                let position = image + (row * inWidth + left) * inChannels + channel;
                for (let column = left; column < right; column++, position += inChannels) {
                  if (x[position] > x[largest]) largest = position;
                }
              }
              dx[largest] += gradient[output + channel];
            }
          });
        });
      },
    ),
};
