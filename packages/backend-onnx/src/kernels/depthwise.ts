import { type LoweredKernel, lowered } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { nchw } from '../order';
import {
  type ConvolutionAttributes,
  convolutionKernel,
  dilatedWindowsOf,
  geometryOf,
  takesConvolution,
} from './convolution';
import { eachTap, meeting, padded } from './taps';
import { checkGradient, type Geometry, uncovered } from './window-geometry';

/** `[height, width, channels, multiplier]` as the runtime wants the filters of as many groups as channels. */
function grouped(graph: Lowering, filter: Value): string {
  const [height, width, channels, multiplier] = filter.shape;
  const laid = graph.in([2, 3, 0, 1], filter);
  return graph.emitOnce('Reshape', [laid, graph.ints([channels * multiplier, 1, height, width])]);
}

function convolve(graph: Lowering, x: Value, filter: Value, geometry: Geometry): Value {
  const attributes = { ...dilatedWindowsOf(geometry), group: geometry.inChannels };
  const name = graph.emit('Conv', [graph.in(nchw, x), grouped(graph, filter)], attributes);
  return graph.laid(name, geometry.outShape, 'float32', nchw);
}

export const depthwiseKernels: readonly LoweredKernel[] = [
  convolutionKernel('DepthwiseConv2dNative', true, convolve),
  convolutionKernel('FusedDepthwiseConv2D', true, convolve),
  lowered<ConvolutionAttributes & { inputShape: number[] }>({
    kernel: 'DepthwiseConv2dNativeBackpropInput',
    takes: takesConvolution,
    infer({ dy, filter }, attributes) {
      checkGradient(dy, geometryOf(attributes.inputShape, filter.shape, attributes, true));
      return { shape: attributes.inputShape, dtype: 'float32' };
    },
    lower(graph, { dy, filter }, attributes) {
      const geometry = geometryOf(attributes.inputShape, filter.shape, attributes, true);
      const name = graph.emit('ConvTranspose', [graph.in(nchw, dy), grouped(graph, filter)], {
        ...dilatedWindowsOf(geometry),
        output_padding: uncovered(geometry),
        group: geometry.inChannels,
      });
      return graph.laid(name, attributes.inputShape, 'float32', nchw);
    },
  }),
  lowered<ConvolutionAttributes & { filterShape: number[] }>({
    kernel: 'DepthwiseConv2dNativeBackpropFilter',
    takes: takesConvolution,
    infer({ x, dy }, attributes) {
      checkGradient(dy, geometryOf(x.shape, attributes.filterShape, attributes, true));
      return { shape: attributes.filterShape, dtype: 'float32' };
    },
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
