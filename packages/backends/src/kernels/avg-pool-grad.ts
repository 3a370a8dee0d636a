import { AvgPoolGrad, type AvgPoolGradAttrs, backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { forEachWindow, shape4d } from './pooling-windows';
import { type ReadableBackend, typedLoop } from './typed-loop';

/**
 * Gradient of average pooling: a window's gradient is shared out among its pixels, those of the padding not counted, as the
 * forward kernel does not count them. The stock kernels divide by the full window's size.
 */
const averagePoolGradient = (backend: KernelRepair['backend']): KernelRepair => ({
  backend,
  kernel: AvgPoolGrad,
  faults: ['padding-counted'],
  replace: () =>
    kernelFunction(
      ({ dy, input }: Record<'dy' | 'input', TensorInfo>, attributes: AvgPoolGradAttrs, on: ReadableBackend) => {
        const { filterSize, strides, pad } = attributes;
        const geometry = backend_util.computePool2DInfo(shape4d(input), filterSize, strides, 1, pad);
        const { inChannels, inWidth } = geometry;
        return typedLoop(on, [dy], input.shape, 'float32', (dx, gradient) => {
          forEachWindow(geometry, (output, image, top, bottom, left, right) => {
            const share = 1 / ((bottom - top) * (right - left));
            for (let row = top; row < bottom; row++) {
              let position = image + (row * inWidth + left) * inChannels;
              for (let column = left; column < right; column++) {
                for (let channel = 0; channel < inChannels; channel++, position++) {
                  dx[position] += gradient[output + channel] * share;
                }
              }
            }
          });
        });
      },
    ),
});

export const avgPoolGradWasm = averagePoolGradient('wasm');
export const avgPoolGradCpu = averagePoolGradient('cpu');
