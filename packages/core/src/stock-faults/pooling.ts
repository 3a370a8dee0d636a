import {
  AvgPoolGrad,
  type AvgPoolGradAttrs,
  avgPool,
  backend_util,
  grad,
  MaxPoolGrad,
  maxPool,
  ones,
  type Tensor4D,
  tensor4d,
} from '@tensorflow/tfjs-core';
import type { Inputs, StockFault } from '../stock-fault';
import type { KernelCall } from '../watch-kernels';

const gradientOfMaxima = (pixels: number[]) =>
  grad((x) => maxPool(x as Tensor4D, 2, 2, 'valid'))(tensor4d(pixels, [1, 2, 2, 1]));

/** Of maximum and average pooling. */
export const ofPooling: readonly StockFault[] = [
  {
    kernel: MaxPoolGrad,
    fault: 'maximum-below-zero',
    says: 'loses the gradient of a maximum at or below zero',
    concerns: () => true,
    compute: () => gradientOfMaxima([-4, -3, -2, -1]),
    right: [0, 0, 0, 1],
  },
  {
    kernel: MaxPoolGrad,
    fault: 'last-of-tied-maxima',
    says: 'gives the gradient of tied maxima to the last in place of the first',
    concerns: ({ attributes }) => [attributes.filterSize].flat().some((size) => size !== 1),
    compute: () => gradientOfMaxima([1, 1, 1, 1]),
    right: [1, 0, 0, 0],
  },
  {
    kernel: AvgPoolGrad,
    fault: 'padding-counted',
    says: 'counts the padding among the pixels of a window',
    concerns: reachesPadding,
    compute: () => grad((x) => avgPool(x as Tensor4D, 3, 1, 'same'))(ones([1, 2, 2, 1])),
    right: [1, 1, 1, 1],
  },
];

/** Whether a window of an average pooling reaches beyond the images. */
function reachesPadding({ inputs, attributes }: KernelCall): boolean {
  const { dy, input } = inputs as Inputs<'dy' | 'input'>;
  const { filterSize, strides, pad } = attributes as unknown as AvgPoolGradAttrs;
  const shape = input.shape as [number, number, number, number];
  const { padInfo, ...size } = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  const end = (outputs: number, stride: number, filter: number) => (outputs - 1) * stride + filter;
  return (
    padInfo.top > 0 ||
    padInfo.left > 0 ||
    end(dy.shape[1], size.strideHeight, size.filterHeight) > size.inHeight ||
    end(dy.shape[2], size.strideWidth, size.filterWidth) > size.inWidth
  );
}
