import { backend_util, type DataType } from '@tensorflow/tfjs-core';
import { type LoweredKernel, lowered } from '../lowered-kernel';
import { type Lowering, nchw, oihw, size, type Value } from '../lowering';
import { activate, type FusedActivation, takesActivation } from './activation';

type Geometry = backend_util.Conv2DInfo;
interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dataFormat: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
type Shape4 = [number, number, number, number];

function geometryOf(
  input: readonly number[],
  filter: readonly number[],
  attributes: ConvolutionAttributes,
  depthwise = false,
): Geometry {
  const { strides, pad, dilations = 1, dimRoundingMode } = attributes;
  return backend_util.computeConv2DInfo(
    input as Shape4,
    filter as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

const spatial = (geometry: Geometry) => ({
  kernel_shape: [geometry.filterHeight, geometry.filterWidth],
  strides: [geometry.strideHeight, geometry.strideWidth],
  dilations: [geometry.dilationHeight, geometry.dilationWidth],
  pads: [geometry.padInfo.top, geometry.padInfo.left, geometry.padInfo.bottom, geometry.padInfo.right],
});

const takes = (
  tensors: Record<string, { dtype: DataType; shape: number[] }>,
  { dataFormat = 'NHWC' }: { dataFormat?: string },
) =>
  dataFormat === 'NHWC' &&
  Object.values(tensors).every(({ dtype, shape }) => dtype === 'float32' && !shape.includes(0));

function convolve(graph: Lowering, x: Value, filter: Value, geometry: Geometry, shape: number[]): Value {
  const name = graph.emit('Conv', [graph.in(nchw, x), graph.in(oihw, filter)], spatial(geometry));
  return graph.laid(name, shape, 'float32', nchw);
}

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
    ...spatial(geometry),
    output_padding: rest(geometry),
  });
  return graph.laid(name, shape, 'float32', nchw);
}

/** How far the input reaches beyond what the windows cover. */
const rest = (geometry: Geometry) => {
  const { outHeight, outWidth, strideHeight, strideWidth, effectiveFilterHeight, effectiveFilterWidth, padInfo } =
    geometry;
  return [
    geometry.inHeight - ((outHeight - 1) * strideHeight + effectiveFilterHeight - padInfo.top - padInfo.bottom),
    geometry.inWidth - ((outWidth - 1) * strideWidth + effectiveFilterWidth - padInfo.left - padInfo.right),
  ];
};

/**
 * The gradient in the filter: for each tap the product of dy with the pixels that the tap met, over all images and places at
 * once, `[out, places] x [places, in]`. Large maps lie `[channels, n, height, width]`; small ones `[height, width, n,
 * channels]`, in which what a tap met is a few long pieces, all taps side by side in one product.
 */
function filterGradient(graph: Lowering, x: Value, dy: Value, geometry: Geometry, shape: readonly number[]): Value {
  const { inChannels, outChannels, outHeight, outWidth, batchSize, filterHeight, filterWidth } = geometry;
  const places = batchSize * outHeight * outWidth;
  const taps = eachTap(geometry);
  if (outWidth <= 8 || outHeight <= 8) {
    const image = padded(graph, swapped(graph, x), geometry, 0);
    const met = taps.map((tap) =>
      graph.emitOnce('Reshape', [meeting(graph, image, geometry, tap, 0), graph.ints([places, inChannels])]),
    );
    const gradient = graph.emitOnce('Reshape', [swapped(graph, dy), graph.ints([places, outChannels])]);
    const columns = met.length === 1 ? met[0] : graph.emit('Concat', met, { axis: 1 });
    const product = graph.emit('Gemm', [gradient, columns], { transA: 1, transB: 0 });
    const laid = graph.emit('Reshape', [product, graph.ints([outChannels, filterHeight, filterWidth, inChannels])]);
    return graph.laid(laid, shape, 'float32', [3, 0, 1, 2]);
  }
  const gradient = graph.emitOnce('Reshape', [graph.in([3, 0, 1, 2], dy), graph.ints([outChannels, places])]);
  const image = padded(graph, graph.in([3, 0, 1, 2], x), geometry, 2);
  const products = taps.map((tap) => {
    const met = graph.emitOnce('Reshape', [meeting(graph, image, geometry, tap, 2), graph.ints([inChannels, places])]);
    const product = graph.emit('Gemm', [gradient, met], { transA: 0, transB: 1 });
    return graph.emit('Reshape', [product, graph.ints([outChannels, inChannels, 1])]);
  });
  const stacked = products.length === 1 ? products[0] : graph.emit('Concat', products, { axis: 2 });
  const filter = [outChannels, inChannels, filterHeight, filterWidth];
  return graph.laid(graph.emit('Reshape', [stacked, graph.ints(filter)]), shape, 'float32', oihw);
}

/** Images `[height, width, n, channels]`, from NCHW by one transpose of a matrix. */
function swapped(graph: Lowering, value: Value): string {
  const [n, height, width, channels] = value.shape;
  const matrix = graph.emitOnce('Reshape', [graph.in(nchw, value), graph.ints([n * channels, height * width])]);
  const turned = graph.emitOnce('Transpose', [matrix], { perm: [1, 0] });
  return graph.emitOnce('Reshape', [turned, graph.ints([height, width, n, channels])]);
}

type Tap = [row: number, column: number];
const eachTap = ({ filterHeight, filterWidth }: Geometry): Tap[] =>
  Array.from({ length: filterHeight * filterWidth }, (_, i) => [Math.floor(i / filterWidth), i % filterWidth]);

/** An image whose height and width are two axes from `axis` on, of four, with its zeros around it written out. */
function padded(
  graph: Lowering,
  image: string,
  { padInfo: { top, left, bottom, right } }: Geometry,
  axis: number,
): string {
  if (top === 0 && left === 0 && bottom === 0 && right === 0) return image;
  const around = (first: number, second: number) => [0, 0, 0, 0].with(axis, first).with(axis + 1, second);
  return graph.emitOnce('Pad', [image, graph.ints([...around(top, left), ...around(bottom, right)]), graph.scalar(0)]);
}

/** The pixels that one tap of the filter meets: as many as the output has. */
function meeting(graph: Lowering, image: string, geometry: Geometry, [row, column]: Tap, axis: number): string {
  const { outHeight, outWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  const [top, left] = [row * dilationHeight, column * dilationWidth];
  const whole = strideHeight === 1 && strideWidth === 1 && geometry.filterHeight === 1 && geometry.filterWidth === 1;
  if (whole) return image;
  return graph.emitOnce('Slice', [
    image,
    graph.ints([top, left]),
    graph.ints([top + (outHeight - 1) * strideHeight + 1, left + (outWidth - 1) * strideWidth + 1]),
    graph.ints([axis, axis + 1]),
    graph.ints([strideHeight, strideWidth]),
  ]);
}

/** `[height, width, channels, multiplier]` as the runtime wants the filters of as many groups as channels. */
function grouped(graph: Lowering, filter: Value): string {
  const [height, width, channels, multiplier] = filter.shape;
  const laid = graph.in([2, 3, 0, 1], filter);
  return graph.emitOnce('Reshape', [laid, graph.ints([channels * multiplier, 1, height, width])]);
}

const depthwise = (graph: Lowering, x: Value, filter: Value, geometry: Geometry, shape: number[]): Value => {
  const attributes = { ...spatial(geometry), group: geometry.inChannels };
  return graph.laid(
    graph.emit('Conv', [graph.in(nchw, x), grouped(graph, filter)], attributes),
    shape,
    'float32',
    nchw,
  );
};

export const convolutionKernels: readonly LoweredKernel[] = [
  lowered<ConvolutionAttributes>({
    kernel: 'Conv2D',
    takes,
    infer: ({ x, filter }, attributes) => ({
      shape: geometryOf(x.shape, filter.shape, attributes).outShape,
      dtype: 'float32',
    }),
    lower: (graph, { x, filter }, attributes, [{ shape }]) =>
      convolve(graph, x, filter, geometryOf(x.shape, filter.shape, attributes), shape),
  }),
  lowered<ConvolutionAttributes & FusedActivation>({
    kernel: 'FusedConv2D',
    takes: (inputs, attributes) => takes(inputs, attributes) && takesActivation(attributes),
    infer: ({ x, filter }, attributes) => ({
      shape: geometryOf(x.shape, filter.shape, attributes).outShape,
      dtype: 'float32',
    }),
    lower(graph, { x, filter, bias, preluActivationWeights }, attributes, [{ shape }]) {
      const y = convolve(graph, x, filter, geometryOf(x.shape, filter.shape, attributes), shape);
      return activate(graph, y, attributes, bias, preluActivationWeights);
    },
  }),
  lowered<ConvolutionAttributes & { inputShape: number[] }>({
    kernel: 'Conv2DBackpropInput',
    takes,
    infer: (_, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
    lower(graph, { dy, filter }, attributes) {
      const geometry = geometryOf(attributes.inputShape, filter.shape, attributes);
      return inputGradient(graph, dy, filter, geometry, attributes.inputShape);
    },
  }),
  lowered<ConvolutionAttributes & { filterShape: number[] }>({
    kernel: 'Conv2DBackpropFilter',
    takes,
    infer: (_, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
    lower(graph, { x, dy }, attributes) {
      return filterGradient(
        graph,
        x,
        dy,
        geometryOf(x.shape, attributes.filterShape, attributes),
        attributes.filterShape,
      );
    },
  }),
  lowered<ConvolutionAttributes>({
    kernel: 'DepthwiseConv2dNative',
    takes,
    infer: ({ x, filter }, attributes) => ({
      shape: geometryOf(x.shape, filter.shape, attributes, true).outShape,
      dtype: 'float32',
    }),
    lower: (graph, { x, filter }, attributes, [{ shape }]) =>
      depthwise(graph, x, filter, geometryOf(x.shape, filter.shape, attributes, true), shape),
  }),
  lowered<ConvolutionAttributes & FusedActivation>({
    kernel: 'FusedDepthwiseConv2D',
    takes: (inputs, attributes) => takes(inputs, attributes) && takesActivation(attributes),
    infer: ({ x, filter }, attributes) => ({
      shape: geometryOf(x.shape, filter.shape, attributes, true).outShape,
      dtype: 'float32',
    }),
    lower(graph, { x, filter, bias, preluActivationWeights }, attributes, [{ shape }]) {
      const y = depthwise(graph, x, filter, geometryOf(x.shape, filter.shape, attributes, true), shape);
      return activate(graph, y, attributes, bias, preluActivationWeights);
    },
  }),
  lowered<ConvolutionAttributes & { inputShape: number[] }>({
    kernel: 'DepthwiseConv2dNativeBackpropInput',
    takes,
    infer: (_, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
    lower(graph, { dy, filter }, attributes) {
      const geometry = geometryOf(attributes.inputShape, filter.shape, attributes, true);
      const name = graph.emit('ConvTranspose', [graph.in(nchw, dy), grouped(graph, filter)], {
        ...spatial(geometry),
        output_padding: rest(geometry),
        group: geometry.inChannels,
      });
      return graph.laid(name, attributes.inputShape, 'float32', nchw);
    },
  }),
  lowered<ConvolutionAttributes & { filterShape: number[] }>({
    kernel: 'DepthwiseConv2dNativeBackpropFilter',
    takes,
    infer: (_, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
    lower(graph, { x, dy }, attributes) {
      const geometry = geometryOf(x.shape, attributes.filterShape, attributes, true);
      const { batchSize, inChannels, outHeight, outWidth, filterHeight, filterWidth } = geometry;
      const multiplier = attributes.filterShape[3];
      const gradient = graph.emit('Reshape', [
        graph.in(nchw, dy),
        graph.ints([batchSize, inChannels, multiplier, outHeight, outWidth]),
      ]);
      const image = padded(graph, graph.in(nchw, x), geometry, 2);
      const taps = eachTap(geometry).map((tap) => {
        const met = graph.emit('Reshape', [
          meeting(graph, image, geometry, tap, 2),
          graph.ints([batchSize, inChannels, 1, outHeight, outWidth]),
        ]);
        const product = graph.emit('Mul', [met, gradient]);
        const sum = graph.emit('ReduceSum', [product, graph.ints([0, 3, 4])], { keepdims: 0 });
        return graph.emit('Reshape', [sum, graph.ints([inChannels, multiplier, 1])]);
      });
      const stacked = taps.length === 1 ? taps[0] : graph.emit('Concat', taps, { axis: 2 });
      const laid = graph.emit('Reshape', [stacked, graph.ints([inChannels, multiplier, filterHeight, filterWidth])]);
      return graph.laid(laid, attributes.filterShape, 'float32', [2, 3, 0, 1]);
    },
  }),
];
