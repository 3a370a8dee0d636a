import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend_util,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  Reshape,
  Sum,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose, floats } from './composition';

/**
 * Gradient of a depthwise convolution with respect to its input, as one depthwise convolution.
 *
 * Along one axis, with kernel size k, stride s, dilation d and padding p before, `dx[i] = sum_t dy[o] w[t]` over the o with
 * `o s + t d - p = i`: a convolution, with the taps in reverse order, of dy spread out to every s-th position from `(k - 1) d - p`
 * on among zeros. Of the m results that a channel has under a multiplier m, the gradients are summed.
 */
export const depthwiseBackpropInput: KernelRepair = {
  backend: 'wasm',
  kernel: DepthwiseConv2dNativeBackpropInput,
  faults: ['missing'],
  replace: () =>
    kernelFunction(
      (
        { dy, filter }: Record<'dy' | 'filter', TensorInfo>,
        attributes: DepthwiseConv2dNativeBackpropInputAttrs,
        backend: BackendWasm,
      ) => {
        const { inputShape, strides, dilations, pad, dimRoundingMode } = attributes;
        const filterShape = filter.shape as [number, number, number, number];
        const geometry = backend_util.computeConv2DInfo(
          inputShape,
          filterShape,
          strides,
          dilations,
          pad,
          dimRoundingMode,
          true,
        );
        const { batchSize, inHeight, inWidth, inChannels, outChannels } = geometry;
        const { filterHeight, filterWidth, effectiveFilterHeight, effectiveFilterWidth } = geometry;

        return compose(backend, ({ run, write }) => {
          const height = inHeight + effectiveFilterHeight - 1;
          const width = inWidth + effectiveFilterWidth - 1;
          const spread = write([batchSize, height, width, outChannels], (out) =>
            spreadOut(floats(backend, dy), out, geometry, height, width),
          );
          const reversed = write([filterHeight, filterWidth, outChannels, 1], (out) => {
            const taps = floats(backend, filter);
            for (let from = 0; from < taps.length; from += outChannels) {
              out.set(taps.subarray(from, from + outChannels), taps.length - outChannels - from);
            }
          });
          const convolution = { strides: 1, pad: 'valid', dilations, dataFormat: 'NHWC' };
          const dx = run(DepthwiseConv2dNative, { x: spread, filter: reversed }, convolution);
          if (outChannels === inChannels) return dx;
          const shape = [batchSize, inHeight, inWidth, inChannels, outChannels / inChannels];
          return run(Sum, { x: run(Reshape, { x: dx }, { shape }) }, { axis: [4], keepDims: false });
        });
      },
    ),
};

/** Copies each pixel of dy to its place in `[n, height, width, channels]`; those that fall outside reach no input pixel. */
function spreadOut(
  dy: Float32Array,
  out: Float32Array,
  geometry: backend_util.Conv2DInfo,
  height: number,
  width: number,
): void {
  const { batchSize, outHeight, outWidth, outChannels, strideHeight, strideWidth, padInfo } = geometry;
  const top = geometry.effectiveFilterHeight - 1 - padInfo.top;
  const left = geometry.effectiveFilterWidth - 1 - padInfo.left;
  out.fill(0);
  let from = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const y = top + row * strideHeight;
      for (let column = 0; column < outWidth; column++, from += outChannels) {
        const x = left + column * strideWidth;
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        const to = ((image * height + y) * width + x) * outChannels;
        for (let channel = 0; channel < outChannels; channel++) out[to + channel] = dy[from + channel];
      }
    }
  }
}
