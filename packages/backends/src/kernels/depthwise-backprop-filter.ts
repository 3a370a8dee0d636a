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
  for (let row = 0; row < batchSize * outHeight; row++) {
    const image = Math.floor(row / outHeight) * inHeight;
    for (let k = 0; k < filterHeight; k++) {
      const inRow = (row % outHeight) * strideHeight + k * dilationHeight - padInfo.top;
      if (inRow < 0 || inRow >= inHeight) continue;
      for (let column = 0; column < outWidth; column++) {
        for (let l = 0; l < filterWidth; l++) {
          const inColumn = column * strideWidth + l * dilationWidth - padInfo.left;
          if (inColumn < 0 || inColumn >= inWidth) continue;
          const pixel = ((image + inRow) * inWidth + inColumn) * inChannels;
          const output = (row * outWidth + column) * outChannels;
          addProducts(sums, (k * filterWidth + l) * outChannels, x, pixel, inChannels, dy, output, outChannels);
        }
      }
    }
  }
  return sums;
}

/** Adds the products of one pixel's channels with those of one output pixel, to one tap of the filter. */
function addProducts(
  sums: Float64Array,
  tap: number,
  x: Values,
  pixel: number,
  inChannels: number,
  dy: Values,
  output: number,
  outChannels: number,
): void {
  if (inChannels === outChannels) {
    for (let c = 0; c < inChannels; c++) sums[tap + c] += x[pixel + c] * dy[output + c];
    return;
  }
  const multiplier = outChannels / inChannels;
  for (let c = 0, o = 0; c < inChannels; c++) {
    const value = x[pixel + c];
    for (let m = 0; m < multiplier; m++, o++) sums[tap + o] += value * dy[output + o];
  }
}
