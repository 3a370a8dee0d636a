import {
  backend_util,
  batchToSpaceND,
  Conv2D,
  type Conv2DAttrs,
  DepthwiseConv2dNative,
  engine,
  type GradFunc,
  type NamedAttrMap,
  spaceToBatchND,
  type Tensor,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
import type { GradientRepair } from '../kernel-repair';
import { convolutionGeometry, heedingRounding } from './rounded-gradient';

type Pair = [number, number];

/**
 * Gradients of a dilated convolution, which tfjs refuses to give.
 *
 * With dilation d the pixels of each phase, those at distance d from each other, are convolved among themselves: the padded
 * image becomes a batch of its d x d phases, whose convolution has no dilation, no padding and, as tfjs allows no other with
 * a dilation, stride 1. Its gradients are kernels of every backend. Undilated convolutions keep tfjs's own,
 * of windows that a rounding mode does not cut off.
 */
const dilatedGradient = (kernel: string): GradientRepair => ({
  kernel,
  faults: ['no-gradient-if-dilated', 'rounding-forgotten'],
  replace(stock) {
    const undilated = heedingRounding(stock, convolutionGeometry(kernel !== Conv2D));
    const gradient: GradFunc = (dy, saved, attributes) =>
      backend_util.tupleValuesAreOne((attributes as unknown as Conv2DAttrs).dilations ?? 1)
        ? undilated(dy, saved, attributes)
        : ofPhases(kernel, dy as Tensor4D, saved as [Tensor4D, Tensor4D], attributes);
    return gradient;
  },
});

export const dilatedConv2d = dilatedGradient(Conv2D);
export const dilatedDepthwiseConv2d = dilatedGradient(DepthwiseConv2dNative);

function ofPhases(
  kernel: string,
  dy: Tensor4D,
  [x, filter]: [Tensor4D, Tensor4D],
  attributes: NamedAttrMap,
): ReturnType<GradFunc> {
  const channelsFirst = kernel === Conv2D && attributes.dataFormat === 'NCHW';
  const { padInfo, inHeight, inWidth, dilationHeight, dilationWidth } = convolutionGeometry(kernel !== Conv2D)(
    [x, filter],
    attributes,
  );
  const block: Pair = [dilationHeight, dilationWidth];
  const height = padInfo.top + inHeight + padInfo.bottom;
  const width = padInfo.left + inWidth + padInfo.right;
  // What makes the padded image a whole number of blocks.
  const below = (dilationHeight - (height % dilationHeight)) % dilationHeight;
  const beside = (dilationWidth - (width % dilationWidth)) % dilationWidth;

  const toLast = (images: Tensor4D) => (channelsFirst ? transpose(images, [0, 2, 3, 1]) : images);
  const toFirst = (images: Tensor4D) => (channelsFirst ? transpose(images, [0, 3, 1, 2]) : images);
  const phases = (images: Tensor4D, rows: Pair, columns: Pair) =>
    spaceToBatchND(toLast(images), block, [rows, columns]) as Tensor4D;
  const run = (by: string, inputs: Record<string, Tensor>, shapes: object) =>
    engine().runKernel(`${kernel}Backprop${by}`, inputs, {
      strides: [1, 1],
      pad: 'valid',
      dilations: [1, 1],
      dataFormat: 'NHWC',
      ...shapes,
    }) as Tensor4D;
  const dyPhases = () => phases(dy, [0, below], [0, beside]);

  return {
    x() {
      const inputShape = [
        x.shape[0] * dilationHeight * dilationWidth,
        (height + below) / dilationHeight,
        (width + beside) / dilationWidth,
        filter.shape[2],
      ];
      const dx = run('Input', { dy: dyPhases(), filter }, { inputShape });
      const crops = [
        [padInfo.top, padInfo.bottom + below],
        [padInfo.left, padInfo.right + beside],
      ];
      return toFirst(batchToSpaceND(dx, block, crops) as Tensor4D);
    },
    filter() {
      const images = phases(x, [padInfo.top, padInfo.bottom + below], [padInfo.left, padInfo.right + beside]);
      return run('Filter', { x: images, dy: dyPhases() }, { filterShape: filter.shape });
    },
  };
}
