import { backend_util } from '@tensorflow/tfjs-core';
import { areFullFloats, type Inputs, type LoweredKernel, lowered } from '../lowered-kernel';
import { type Lowering, size, type Value } from '../lowering';
import { nchw, oihw } from '../order';
import { activate, type FusedActivation, takesActivation } from './activation';
import { convolveBlocks, inputGradientInBlocks } from './blocked-convolution';
import { filterGradientInBlocks } from './blocked-filter-gradient';
import { takesBlocks } from './blocks';
import { inputGradientInPatches } from './patches';
import { scaledFilter } from './scaled';
import { eachTap, meeting, padded } from './taps';
import { checkGradient, type Geometry, type Padding, uncovered, windowsOf, within } from './window-geometry';

/** A convolution as TensorFlow.js asks for it. */
export interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: Padding;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number | null;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
type Shape4 = [number, number, number, number];

export function geometryOf(
  input: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations, dimRoundingMode }: ConvolutionAttributes,
  depthwise = false,
): Geometry {
  const [images, taps] = [input as Shape4, filter as Shape4];
  return within(backend_util.computeConv2DInfo(images, taps, strides, dilations ?? 1, pad, dimRoundingMode, depthwise));
}

export const dilatedWindowsOf = (geometry: Geometry) => ({
  ...windowsOf(geometry),
  dilations: [geometry.dilationHeight, geometry.dilationWidth],
});

export const takesConvolution = (inputs: Inputs, { dataFormat = 'NHWC' }: ConvolutionAttributes): boolean =>
  dataFormat === 'NHWC' && areFullFloats(inputs);

/** A convolution of images. */
type Convolve = (graph: Lowering, x: Value, filter: Value, geometry: Geometry) => Value;

/** The kernel of a convolution, plain or fused with what follows it. */
export const convolutionKernel = (kernel: string, depthwise: boolean, convolve: Convolve): LoweredKernel =>
  lowered<ConvolutionAttributes & Partial<FusedActivation>>({
    kernel,
    blocked: true,
    takes: (inputs, attributes) => takesConvolution(inputs, attributes) && takesActivation(attributes),
    infer: ({ x, filter }, attributes) => ({
      shape: geometryOf(x.shape, filter.shape, attributes, depthwise).outShape,
      dtype: 'float32',
    }),
    lower(graph, { x, filter, bias, preluActivationWeights }, attributes) {
      const bare = unpadded(graph, x, geometryOf(x.shape, filter.shape, attributes, depthwise));
      const y = convolve(graph, bare.x, filter, bare.geometry);
      return activate(graph, y, attributes, bias, preluActivationWeights);
    },
  });

/** The images as they were before zeros were put around them, and the convolution that puts them there itself. */
function unpadded(graph: Lowering, x: Value, geometry: Geometry): { x: Value; geometry: Geometry } {
  const before = graph.padded.get(x.name);
  if (!before) return { x, geometry };
  const { images, rows, columns } = before;
  const { padInfo } = geometry;
  const [, inHeight, inWidth] = images.shape;
  const around = {
    ...padInfo,
    top: padInfo.top + rows[0],
    bottom: padInfo.bottom + rows[1],
    left: padInfo.left + columns[0],
    right: padInfo.right + columns[1],
  };
  return { x: images, geometry: { ...geometry, inHeight, inWidth, padInfo: around } };
}

const convolve: Convolve = (graph, x, filter, geometry) => {
  if (takesBlocks(graph, geometry.inChannels)) return convolveBlocks(graph, { x, filter, geometry });
  const name = graph.emit('Conv', [graph.in(nchw, x), graph.in(oihw, filter)], dilatedWindowsOf(geometry));
  return graph.laid(name, geometry.outShape, 'float32', nchw);
};

/**
 * The gradient in the input: dy spread by the stride, convolved with the filter whose taps are reversed and whose channels
 * change places. At stride 1 that is an ordinary convolution, which runs blocked where the filter is a constant.
 */
function inputGradient(graph: Lowering, dy: Value, filter: Value, geometry: Geometry, shape: readonly number[]): Value {
  const {
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    effectiveFilterHeight,
    effectiveFilterWidth,
    padInfo,
  } = geometry;
  const before = [effectiveFilterHeight - 1 - padInfo.top, effectiveFilterWidth - 1 - padInfo.left];
  const after = [
    geometry.inHeight - geometry.outHeight + padInfo.top,
    geometry.inWidth - geometry.outWidth + padInfo.left,
  ];
  const pads = [...before, ...after];
  const plain = strideHeight === 1 && strideWidth === 1 && pads.every((each) => each >= 0);
  // Turning a filter that is no constant costs a pass over it each time; the other form spreads every image instead.
  if (plain && (filter.constant || size(filter.shape) < size(dy.shape))) {
    const reversed = graph.emitOnce('Slice', [
      graph.in([2, 3, 0, 1], filter),
      graph.ints([-1, -1]),
      graph.ints([-(2 ** 31), -(2 ** 31)]),
      graph.ints([2, 3]),
      graph.ints([-1, -1]),
    ]);
    const name = graph.emit('Conv', [graph.in(nchw, dy), reversed], {
      kernel_shape: [geometry.filterHeight, geometry.filterWidth],
      dilations: [dilationHeight, dilationWidth],
      pads,
    });
    return graph.laid(name, shape, 'float32', nchw);
  }
  const name = graph.emit('ConvTranspose', [graph.in(nchw, dy), graph.in(oihw, filter)], {
    ...dilatedWindowsOf(geometry),
    output_padding: uncovered(geometry),
  });
  return graph.laid(name, shape, 'float32', nchw);
}

/**
 * The gradient in the filter: for each tap the product of dy with the pixels that the tap met, over all images and places at
 * once, `[out, places] x [places, in]`.
 */
function filterGradient(graph: Lowering, x: Value, dy: Value, geometry: Geometry, shape: readonly number[]): Value {
  const { inChannels, outChannels, outHeight, outWidth, batchSize, filterHeight, filterWidth } = geometry;
  const places = batchSize * outHeight * outWidth;
  const gradient = graph.emitOnce('Reshape', [graph.in([3, 0, 1, 2], dy), graph.ints([outChannels, places])]);
  const image = padded(graph, graph.in([3, 0, 1, 2], x), geometry, 2);
  const products = eachTap(geometry).map((tap) => {
    const met = graph.emitOnce('Reshape', [meeting(graph, image, geometry, tap, 2), graph.ints([inChannels, places])]);
    const product = graph.emit('Gemm', [gradient, met], { transA: 0, transB: 1 });
    return graph.emit('Reshape', [product, graph.ints([outChannels, inChannels, 1])]);
  });
  const stacked = products.length === 1 ? products[0] : graph.emit('Concat', products, { axis: 2 });
  const filter = [outChannels, inChannels, filterHeight, filterWidth];
  return graph.laid(graph.emit('Reshape', [stacked, graph.ints(filter)]), shape, 'float32', oihw);
}

export const convolutionKernels: readonly LoweredKernel[] = [
  convolutionKernel('Conv2D', false, convolve),
  convolutionKernel('FusedConv2D', false, convolve),
  lowered<ConvolutionAttributes & { inputShape: number[] }>({
    kernel: 'Conv2DBackpropInput',
    blocked: true,
    takes: takesConvolution,
    infer({ dy, filter }, attributes) {
      checkGradient(dy, geometryOf(attributes.inputShape, filter.shape, attributes));
      return { shape: attributes.inputShape, dtype: 'float32' };
    },
    lower(graph, given, attributes) {
      const { dy, filter } = scaledFilter(graph, given.dy, given.filter);
      const geometry = geometryOf(attributes.inputShape, filter.shape, attributes);
      const inBlocks =
        takesBlocks(graph, geometry.outChannels) &&
        (inputGradientInPatches(graph, dy, filter, geometry) ?? inputGradientInBlocks(graph, dy, filter, geometry));
      return inBlocks || inputGradient(graph, dy, filter, geometry, attributes.inputShape);
    },
  }),
  lowered<ConvolutionAttributes & { filterShape: number[] }>({
    kernel: 'Conv2DBackpropFilter',
    blocked: true,
    takes: takesConvolution,
    infer({ x, dy }, attributes) {
      checkGradient(dy, geometryOf(x.shape, attributes.filterShape, attributes));
      return { shape: attributes.filterShape, dtype: 'float32' };
    },
    lower(graph, { x: given, dy }, attributes) {
      const { filterShape } = attributes;
      const { x, geometry } = unpadded(graph, given, geometryOf(given.shape, filterShape, attributes));
      const { batchSize, dilationHeight, dilationWidth } = geometry;
      return graph.block > 0 && dilationHeight * dilationWidth === 1 && 2 * batchSize >= graph.block
        ? filterGradientInBlocks(graph, x, dy, geometry)
        : filterGradient(graph, x, dy, geometry, filterShape);
    },
  }),
];
