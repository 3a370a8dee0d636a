import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend_util,
  Conv2D,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Slice,
  type TensorInfo,
  Transpose,
  util,
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
        const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = geometry;
        const rows = axis(geometry.inHeight, geometry.outHeight, filterHeight, strideHeight, padInfo.top);
        const columns = axis(geometry.inWidth, geometry.outWidth, filterWidth, strideWidth, padInfo.left);

        return compose(backend, ({ run, write }) => {
          if (geometry.batchSize === 0) return write(filterShape, (out) => out.fill(0));
          const size = [x.shape[0], rows.reached, columns.reached, x.shape[3]];
          const reached = util.arraysEqual(size, x.shape) ? x : run(Slice, { x }, { begin: [0, 0, 0, 0], size });
          const images = run(Transpose, { x: reached }, { perm: [3, 1, 2, 0] }); // [in, height, width, n]
          const filter = run(Transpose, { x: dy }, { perm: [1, 2, 0, 3] }); // [out height, out width, n, out]
          const convolution = {
            strides: 1,
            pad: [[0, 0], rows.pads, columns.pads, [0, 0]],
            dilations: [strideHeight, strideWidth],
            dataFormat: 'NHWC',
          };
          const dw = run(Conv2D, { x: images, filter }, convolution); // [in, kernel, kernel, out]
          return run(Transpose, { x: dw }, { perm: [1, 2, 0, 3] });
        });
      },
    ),
};

/** The pixels along an axis, from the first, that windows reach, and their padding, so that the result is as large as the kernel. */
function axis(input: number, output: number, kernel: number, stride: number, before: number) {
  const reach = (output - 1) * stride + kernel - before;
  return { reached: Math.min(input, reach), pads: [before, Math.max(0, reach - input)] };
}
