import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend_util,
  Conv2D,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Slice,
  type TensorInfo,
  Transpose,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose } from './composition';

/**
 * Gradient of a convolution with respect to its filter, as one forward convolution.
 *
 * `dw[k, l, i, o] = sum_{n, a, b} x[n, a s + k - p, b s + l - p, i] dy[n, a, b, o]` is a convolution whose batch is the
 * input channels, whose channels are the examples, whose filter is dy and whose dilation is the stride s.
 */
export const conv2dBackpropFilter: KernelRepair = {
  backend: 'wasm',
  kernel: Conv2DBackpropFilter,
  faults: ['missing'],
  replace: () =>
    kernelFunction(
      ({ x, dy }: Record<'x' | 'dy', TensorInfo>, attributes: Conv2DBackpropFilterAttrs, backend: BackendWasm) => {
        const { filterShape, strides, pad, dimRoundingMode, dataFormat } = attributes;
        const geometry = backend_util.computeConv2DInfo(
          x.shape as [number, number, number, number],
          filterShape,
          strides,
          1,
          pad,
          dimRoundingMode,
          false,
          backend_util.convertConv2DDataFormat(dataFormat),
        );
        if (geometry.dataFormat !== 'channelsLast') throw new Error(`${Conv2DBackpropFilter}: wasm takes NHWC only`);
        const { filterHeight, filterWidth, inChannels, outChannels, strideHeight, strideWidth, padInfo } = geometry;
        const below = paddingAfter(geometry.inHeight, geometry.outHeight, filterHeight, strideHeight, padInfo.top);
        const right = paddingAfter(geometry.inWidth, geometry.outWidth, filterWidth, strideWidth, padInfo.left);

        return compose(backend, ({ run }) => {
          const convolution = {
            strides: 1,
            pad: [
              [0, 0],
              [padInfo.top, below],
              [padInfo.left, right],
              [0, 0],
            ],
            dilations: [strideHeight, strideWidth],
            dataFormat: 'NHWC',
          };
          const images = run(Transpose, { x }, { perm: [3, 1, 2, 0] }); // [in, height, width, n]
          const filter = run(Transpose, { x: dy }, { perm: [1, 2, 0, 3] }); // [out height, out width, n, out]
          let dw = run(Conv2D, { x: images, filter }, convolution); // [in, >= kernel, >= kernel, out]
          if (dw.shape[1] > filterHeight || dw.shape[2] > filterWidth) {
            const size = [inChannels, filterHeight, filterWidth, outChannels];
            dw = run(Slice, { x: dw }, { begin: [0, 0, 0, 0], size });
          }
          return run(Transpose, { x: dw }, { perm: [1, 2, 0, 3] });
        });
      },
    ),
};

/** What makes the result as large as the kernel; never less than nothing, so that it can come out larger. */
const paddingAfter = (input: number, output: number, kernel: number, stride: number, before: number) =>
  Math.max(0, (output - 1) * stride + kernel - input - before);
