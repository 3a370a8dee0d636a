import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend_util,
  DepthwiseConv2dNativeBackpropFilter,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { shape4d } from './pooling-windows';
import { typedLoop, type Values } from './typed-loop';

/**
 * Gradient of a depthwise convolution with respect to its filter:
 * `dw[k, l, c, m] = sum_{n, a, b} x[n, a s + k d - p, b s + l d - p, c] dy[n, a, b, c m' + m]`, summed in float64.
 */
export const depthwiseBackpropFilter: KernelRepair = {
  backend: 'wasm',
  kernel: DepthwiseConv2dNativeBackpropFilter,
  faults: ['missing'],
  replace: () =>
    kernelFunction(
      (
        { x, dy }: Record<'x' | 'dy', TensorInfo>,
        attributes: DepthwiseConv2dNativeBackpropFilterAttrs,
        backend: BackendWasm,
      ) => {
        const { strides, dilations, pad, dimRoundingMode, filterShape } = attributes;
        const geometry = backend_util.computeConv2DInfo(
          shape4d(x),
          filterShape,
          strides,
          dilations,
          pad,
          dimRoundingMode,
          true,
        );
        return typedLoop(backend, [x, dy], filterShape, 'float32', (dw, images, gradient) => {
          dw.set(sumOfProducts(images, gradient, geometry));
        });
      },
    ),
};

function sumOfProducts(x: Values, dy: Values, geometry: backend_util.Conv2DInfo): Float64Array {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = geometry;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  const sums = new Float64Array(filterHeight * filterWidth * outChannels);
  const channels = Int32Array.from({ length: outChannels }, (_, o) => Math.floor((o * inChannels) / outChannels));
  for (let row = 0; row < batchSize * outHeight; row++) {
    const image = Math.floor(row / outHeight) * inHeight;
    for (let k = 0; k < filterHeight; k++) {
      const inRow = (row % outHeight) * strideHeight + k * dilationHeight - padInfo.top;
      if (inRow < 0 || inRow >= inHeight) continue;
      for (let l = 0; l < filterWidth; l++) {
        const offset = l * dilationWidth - padInfo.left;
        const first = Math.max(0, Math.ceil(-offset / strideWidth));
        const last = Math.min(outWidth - 1, Math.floor((inWidth - 1 - offset) / strideWidth));
        const pixel = ((image + inRow) * inWidth + first * strideWidth + offset) * inChannels;
        const output = (row * outWidth + first) * outChannels;
        const tap = (k * filterWidth + l) * outChannels;
        addRow(sums, tap, x, pixel, strideWidth * inChannels, dy, output, last - first + 1, channels);
      }
    }
  }
  return sums;
}

/** Adds the products along one row of output pixels to one tap of the filter, four channels at a time. */
function addRow(
  sums: Float64Array,
  tap: number,
  x: Values,
  pixel: number,
  step: number,
  dy: Values,
  output: number,
  columns: number,
  channels: Int32Array,
): void {
  const whole = channels.length - (channels.length % 4);
  for (let o = 0; o < whole; o += 4) {
    const [c0, c1, c2, c3] = [channels[o], channels[o + 1], channels[o + 2], channels[o + 3]];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let i = 0, a = pixel, b = output + o; i < columns; i++, a += step, b += channels.length) {
      s0 += x[a + c0] * dy[b];
      s1 += x[a + c1] * dy[b + 1];
      s2 += x[a + c2] * dy[b + 2];
      s3 += x[a + c3] * dy[b + 3];
    }
    sums[tap + o] += s0;
    sums[tap + o + 1] += s1;
    sums[tap + o + 2] += s2;
    sums[tap + o + 3] += s3;
  }
  for (let o = whole; o < channels.length; o++) {
    let sum = 0;
    for (let i = 0, a = pixel + channels[o], b = output + o; i < columns; i++, a += step, b += channels.length) {
      sum += x[a] * dy[b];
    }
    sums[tap + o] += sum;
  }
}
