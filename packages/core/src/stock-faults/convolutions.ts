import {
  backend_util,
  Conv2D,
  type Conv2DAttrs,
  conv2d,
  DepthwiseConv2dNative,
  depthwiseConv2d,
  FusedConv2D,
  FusedDepthwiseConv2D,
  fill,
  fused,
  ones,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { Inputs, StockFault } from '../stock-fault';
import type { KernelCall } from '../watch-kernels';

const programs = {
  [Conv2D]: (x, filter) => conv2d(x, filter, 2, 'same'),
  [DepthwiseConv2dNative]: (x, filter) => depthwiseConv2d(x, filter, 2, 'same'),
  [FusedConv2D]: (x, filter) => fused.conv2d({ x, filter, strides: 2, pad: 'same' }),
  [FusedDepthwiseConv2D]: (x, filter) => fused.depthwiseConv2d({ x, filter, strides: 2, pad: 'same' }),
} satisfies Record<string, (x: Tensor4D, filter: Tensor4D) => TensorInfo>;

/** Of convolutions. */
export const ofConvolutions: readonly StockFault[] = Object.entries(programs).map(([kernel, convolve]) => ({
  kernel,
  fault: 'unwritten-if-one-axis-is-padded',
  says: 'writes no result with padding "same" where the windows end before the images do',
  concerns: endsEarly,
  compute: () => convolve(fill([1, 2, 4, 1], 21) as Tensor4D, ones([3, 1, 1, 1]) as Tensor4D),
  right: [42, 42],
}));

/** Whether the last window ends before the images, along an axis, and has more pixels than one. */
function endsEarly({ kernel, inputs, attributes }: KernelCall): boolean {
  const { x, filter } = inputs as Inputs<'x' | 'filter'>;
  const { strides, dilations, pad, dataFormat } = attributes as unknown as Conv2DAttrs;
  if (pad !== 'same') return false;
  const depthwise = kernel === DepthwiseConv2dNative || kernel === FusedDepthwiseConv2D;
  const info = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    undefined,
    depthwise,
    depthwise ? 'channelsLast' : backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
  );
  const end = (outputs: number, stride: number, filterSize: number) => (outputs - 1) * stride + filterSize;
  return (
    info.filterHeight * info.filterWidth > 1 &&
    (end(info.outHeight, info.strideHeight, info.effectiveFilterHeight) < info.inHeight ||
      end(info.outWidth, info.strideWidth, info.effectiveFilterWidth) < info.inWidth)
  );
}
