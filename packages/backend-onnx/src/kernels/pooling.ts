import { backend_util } from '@tensorflow/tfjs-core';
import { areFullFloats, type Inputs, type LoweredKernel, like, lowered } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { nchw } from '../order';
import { mapForm } from './blocks';
import { greatest, maxima } from './maxima';
import { unpooled } from './unpooling';
import { checkGradient, type Geometry, type Padding, uncovered, windowsOf, within } from './window-geometry';

/** The runtime's MaxPool finds no maximum in a window that holds nothing above the least float32. */
const aboveLeast = -3.402823263561193e38;

interface PoolingAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: Padding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const geometryOf = (
  input: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolingAttributes,
): Geometry =>
  within(
    backend_util.computePool2DInfo(
      input as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    ),
  );

/** The runtime takes no padding as wide as a window. */
const takesPooling = (inputs: Inputs, attributes: PoolingAttributes): boolean => {
  if (!areFullFloats(inputs)) return false;
  const { padInfo, filterHeight, filterWidth } = geometryOf((inputs.x ?? inputs.input).shape, attributes);
  return Math.max(padInfo.top, padInfo.bottom) < filterHeight && Math.max(padInfo.left, padInfo.right) < filterWidth;
};

/** Pools the images of a tensor whose channels are whole, or, in the domain of blocks, in blocks. */
type Pool = (graph: Lowering, x: string, geometry: Geometry, domain: string, rectified: boolean) => string;

const pooling = (kernel: string, pool: Pool): LoweredKernel =>
  lowered<PoolingAttributes>({
    kernel,
    blocked: true,
    takes: takesPooling,
    infer: ({ x }, attributes) => ({ shape: geometryOf(x.shape, attributes).outShape, dtype: 'float32' }),
    lower(graph, { x }, attributes, [{ shape }]) {
      const { domain, taken, given } = mapForm(graph, x.shape[3]);
      const rectified = graph.rectified.has(x.name);
      return given(pool(graph, taken(x), geometryOf(x.shape, attributes), domain, rectified), shape);
    },
  });

/** The windows cover each pixel once at most, and none of the padding. */
const disjoint = ({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: Geometry) =>
  filterHeight <= strideHeight &&
  filterWidth <= strideWidth &&
  padInfo.top + padInfo.left + padInfo.bottom + padInfo.right === 0;

/**
 * Each window's gradient goes to its first maximum, whose position in the flat input the runtime's MaxPool gives; or to its
 * NaN, which MaxPool passes over unless it is the largest.
 */
function maxPoolGradient(graph: Lowering, dy: Value, input: Value, attributes: PoolingAttributes): Value {
  const geometry = geometryOf(input.shape, attributes);
  const found = unpooled(graph, dy, input, geometry);
  if (found) return found;
  const x = graph.in(nchw, input);
  const largest = graph.scalar(Number.POSITIVE_INFINITY);
  const below = graph.emit('Clip', [x, graph.scalar(aboveLeast), graph.scalar(greatest)]);
  const ordered = graph.emit('Where', [graph.emit('IsNaN', [x]), largest, below]);
  const [, positions] = graph.emitMany('MaxPool', [ordered], windowsOf(geometry), 2);
  const [n, height, width, channels] = input.shape;
  const shape = graph.ints([n, channels, height, width]);
  const gradient = graph.in(nchw, dy);
  if (disjoint(geometry)) {
    const name = graph.emit('MaxUnpool', [gradient, positions, shape], windowsOf(geometry));
    return graph.laid(name, input.shape, 'float32', nchw);
  }
  const zeros = graph.emitOnce('ConstantOfShape', [graph.ints([n * channels * height * width])]);
  const flat = (name: string) => graph.as([-1], name);
  const spread = graph.emit('ScatterElements', [zeros, flat(positions), flat(gradient)], { axis: 0, reduction: 'add' });
  return graph.laid(graph.emit('Reshape', [spread, shape]), input.shape, 'float32', nchw);
}

/** Each window's gradient is shared out among its pixels, those of the padding not counted. */
function averagePoolGradient(graph: Lowering, dy: Value, input: Value, attributes: PoolingAttributes): Value {
  const geometry = geometryOf(input.shape, attributes);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = geometry;
  const shares = Float32Array.from(
    { length: outHeight * outWidth },
    (_, i) => 1 / (pixels(geometry, Math.floor(i / outWidth), 'Height') * pixels(geometry, i % outWidth, 'Width')),
  );
  const share = shares.every((each) => each === shares[0])
    ? graph.scalar(shares[0])
    : graph.constant('float32', [outHeight, outWidth], new Uint8Array(shares.buffer));
  const shared = graph.emit('Mul', [graph.in(nchw, dy), share]);
  const whole = outHeight === 1 && outWidth === 1 && filterHeight === inHeight && filterWidth === inWidth;
  if (whole && disjoint(geometry)) {
    return graph.laid(shared, input.shape, 'float32', nchw, [batchSize, 1, 1, inChannels]);
  }
  const maps = graph.emit('Reshape', [shared, graph.ints([batchSize * inChannels, 1, outHeight, outWidth])]);
  const ones = graph.constant(
    'float32',
    [1, 1, filterHeight, filterWidth],
    new Uint8Array(new Float32Array(filterHeight * filterWidth).fill(1).buffer),
  );
  const spread = graph.emit('ConvTranspose', [maps, ones], {
    ...windowsOf(geometry),
    output_padding: uncovered(geometry),
  });
  const name = graph.emit('Reshape', [spread, graph.ints([batchSize, inChannels, inHeight, inWidth])]);
  return graph.laid(name, input.shape, 'float32', nchw);
}

/** How many pixels of the image the window at a place has along one axis. */
function pixels(geometry: Geometry, place: number, along: 'Height' | 'Width'): number {
  const start =
    place * geometry[`stride${along}`] - (along === 'Height' ? geometry.padInfo.top : geometry.padInfo.left);
  return Math.min(geometry[`in${along}`], start + geometry[`filter${along}`]) - Math.max(0, start);
}

const poolingGradient = (
  kernel: string,
  gradient: (graph: Lowering, dy: Value, input: Value, attributes: PoolingAttributes) => Value,
): LoweredKernel =>
  lowered<PoolingAttributes>({
    kernel,
    blocked: true,
    takes: takesPooling,
    infer({ dy, input }, attributes) {
      checkGradient(dy, geometryOf(input.shape, attributes));
      return like(input);
    },
    lower: (graph, { dy, input }, attributes) => gradient(graph, dy, input, attributes),
  });

export const poolingKernels: readonly LoweredKernel[] = [
  pooling('MaxPool', maxima),
  pooling('AvgPool', (graph, x, geometry, domain) =>
    graph.emit('AveragePool', [x], { ...windowsOf(geometry), count_include_pad: 0 }, domain),
  ),
  poolingGradient('MaxPoolGrad', maxPoolGradient),
  poolingGradient('AvgPoolGrad', averagePoolGradient),
];
