import { blockedDomain, type Lowering, type Value } from '../lowering';
import { inner, nchw, type Order } from '../order';
import { type Geometry, windowsOf } from './window-geometry';

// Convolutions on channels in blocks are about 1.3 times as fast as those on whole channels, and several times where the stride
// is not 1. ONNX Runtime takes them of itself where it knows the filter when it compiles; here they are asked for by name, so
// that filters may change from call to call.

/** Images in blocks of channels. */
const images: Order = [0, 3, 1, 2, inner(3)];
/** Filters in blocks of both channels, for the convolution that goes forward and for the one that goes back. */
const forward: Order = [3, 2, 0, 1, inner(2), inner(3)];
const backward: Order = [2, 3, 0, 1, inner(3), inner(2)];

/** Whether both numbers of channels are whole blocks, and the filter one that the runtime does not know when it compiles. */
export const haveBlocks = ({ block }: Lowering, { inChannels, outChannels }: Geometry, filter?: Value): boolean =>
  block > 0 && !filter?.constant && inChannels % block === 0 && outChannels % block === 0;

/** As {@link haveBlocks}; the convolution itself also takes images with fewer channels than a block has. */
export const takesBlocks = (graph: Lowering, { inChannels, ...geometry }: Geometry, filter: Value): boolean =>
  haveBlocks(graph, { ...geometry, inChannels: inChannels < graph.block ? graph.block : inChannels }, filter);

/** The convolution. */
export function convolveBlocks(graph: Lowering, x: Value, filter: Value, geometry: Geometry): Value {
  const { batchSize, inChannels, inHeight, inWidth, outChannels, outHeight, outWidth } = geometry;
  const few = inChannels < graph.block;
  const name = graph.emit(
    'Conv',
    [
      few ? graph.in(nchw, x) : shaped(graph, graph.in(images, x), [batchSize, inChannels, inHeight, inWidth]),
      shaped(graph, graph.in(few ? [3, 2, 0, 1, inner(3)] : forward, filter), [
        outChannels,
        inChannels,
        geometry.filterHeight,
        geometry.filterWidth,
      ]),
    ],
    { ...windowsOf(geometry), dilations: [geometry.dilationHeight, geometry.dilationWidth] },
    blockedDomain,
  );
  return inBlocks(graph, name, [batchSize, outHeight, outWidth, outChannels]);
}

/** A tensor under another shape: the runtime wants blocks as one of four axes, with the channels' whole number. */
const shaped = (graph: Lowering, name: string, shape: readonly number[]): string =>
  graph.emitOnce('Reshape', [name, graph.ints(shape)]);

/** A result of the runtime's as a value in blocks. */
function inBlocks(graph: Lowering, name: string, shape: readonly number[]): Value {
  const [n, height, width, channels] = shape;
  const lengths = [n, channels / graph.block, height, width, graph.block];
  return graph.laid(graph.emit('Reshape', [name, graph.ints(lengths)]), shape, 'float32', images);
}

/** Along one axis: the taps of a filter that meet the pixels `phase`, `phase + stride`, ..., the last first, and how far out. */
interface Phase {
  first: number;
  count: number;
  pads: [before: number, after: number];
}
function phaseOf(phase: number, stride: number, taps: number, before: number, input: number, output: number): Phase {
  const first = (phase + before) % stride;
  const count = Math.max(0, Math.ceil((taps - first) / stride));
  const reach = (phase + before - first) / stride;
  return { first, count, pads: [count - 1 - reach, input / stride + reach - output] };
}

/**
 * The gradient in the input, as convolutions of dy: pixels whose places have the same remainder by the stride meet the same taps
 * of the filter, and each such phase is a convolution of stride 1 of its own.
 *
 * @returns nothing where a phase would not be as long as the others, or windows lie further out than their taps reach
 */
export function inputGradientInBlocks(
  graph: Lowering,
  dy: Value,
  filter: Value,
  geometry: Geometry,
): Value | undefined {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = geometry;
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = geometry;
  if (geometry.dilationHeight > 1 || geometry.dilationWidth > 1) return undefined;
  if (inHeight % strideHeight !== 0 || inWidth % strideWidth !== 0) return undefined;
  const each = (stride: number) => Array.from({ length: stride }, (_, phase) => phase);
  const rows = each(strideHeight).map((i) => phaseOf(i, strideHeight, filterHeight, padInfo.top, inHeight, outHeight));
  const columns = each(strideWidth).map((i) => phaseOf(i, strideWidth, filterWidth, padInfo.left, inWidth, outWidth));
  if ([...rows, ...columns].some(({ count, pads }) => count > 0 && Math.min(...pads) < 0)) return undefined;

  const image = shaped(graph, graph.in(images, dy), [batchSize, outChannels, outHeight, outWidth]);
  const taps = graph.in(backward, filter);
  const [height, width] = [inHeight / strideHeight, inWidth / strideWidth];
  const convolved = (row: Phase, column: Phase): string => {
    if (row.count === 0 || column.count === 0) {
      return graph.asPlain(graph.filled(0, [batchSize, inChannels, height, width], 'float32'));
    }
    const met = [
      { ...row, stride: strideHeight },
      { ...column, stride: strideWidth },
    ];
    const starts = met.map(({ first, count, stride }) => first + (count - 1) * stride);
    const kept = graph.emitOnce('Slice', [
      taps,
      graph.ints(starts),
      graph.ints([-(2 ** 31), -(2 ** 31)]),
      graph.ints([2, 3]),
      graph.ints([-strideHeight, -strideWidth]),
    ]);
    const few = shaped(graph, kept, [inChannels, outChannels, row.count, column.count]);
    const [[top, bottom], [left, right]] = [row.pads, column.pads];
    const attributes = { kernel_shape: [row.count, column.count], pads: [top, left, bottom, right] };
    return graph.emit('Conv', [image, few], attributes, blockedDomain);
  };
  // Between each other along the width, then along the height: [lines, phases, pixels of a line and block].
  const woven = (names: readonly string[], lines: number, length: number): string => {
    if (names.length === 1) return names[0];
    const lengths = graph.ints([lines, 1, length]);
    return graph.emit(
      'Concat',
      names.map((name) => graph.emit('Reshape', [name, lengths])),
      { axis: 1 },
    );
  };
  const lines = (batchSize * inChannels * height) / graph.block;
  const whole = woven(
    rows.map((row) =>
      woven(
        columns.map((column) => convolved(row, column)),
        lines * width,
        graph.block,
      ),
    ),
    lines,
    inWidth * graph.block,
  );
  return inBlocks(graph, whole, [batchSize, inHeight, inWidth, inChannels]);
}

/**
 * The gradient in the filter, as one convolution over places: images take the part of channels, height and width of dy that of
 * the filter's window, and channels stand beside each other along the width, as many as a block has; so that a tap further to
 * the right is one block further on.
 *
 * What is convolved is `[channels / block, n, height, width * block]`, its images in blocks, by `[out, n, outHeight, outWidth]`;
 * the result, `[channels / block, out, filterHeight, filterWidth * block]`.
 */
export function filterGradientInBlocks(
  graph: Lowering,
  x: Value,
  dy: Value,
  geometry: Geometry,
  shape: readonly number[],
): Value {
  const { block } = graph;
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth, padInfo } = geometry;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = geometry;
  const [from, to] = [inChannels / block, outChannels / block];
  const lots = Math.ceil(batchSize / block);
  const missing = lots * block - batchSize;
  /** Zeros for the images that the last block lacks. */
  const filledUp = (name: string, axis: number, rank: number): string => {
    if (missing === 0) return name;
    const pads = new Array<number>(2 * rank).fill(0).with(rank + axis, missing);
    return graph.emit('Pad', [name, graph.ints(pads), graph.scalar(0)]);
  };
  const apart = shaped(graph, graph.in(images, x), [batchSize, from, inHeight * inWidth * block]);
  const byChannels = filledUp(graph.emitOnce('Transpose', [apart], { perm: [1, 0, 2] }), 1, 3);
  const pixels = inHeight * inWidth * block;
  const lotsOfChannels = graph.emitOnce('Reshape', [byChannels, graph.ints([from * lots, block, pixels])]);
  const turned = graph.transposed(lotsOfChannels, 'float32', [from * lots, block, pixels], [0, 2, 1]);
  // Outside the image to the left and right; above and below, and what no window meets there.
  const beyond = (taps: number, output: number, stride: number, input: number, before: number) =>
    (output - 1) * stride + taps - input - before;
  const right = beyond(filterWidth, outWidth, strideWidth, inWidth, padInfo.left);
  const below = beyond(filterHeight, outHeight, strideHeight, inHeight, padInfo.top);
  const rows = graph.emitOnce('Reshape', [turned, graph.ints([from * lots, inHeight, inWidth, block * block])]);
  const isWhole = padInfo.left === 0 && right === 0 && below >= 0;
  const image = isWhole
    ? rows
    : graph.emitOnce('Pad', [
        rows,
        graph.ints([0, 0, padInfo.left, 0, 0, Math.min(0, below), right, 0]),
        graph.scalar(0),
      ]);
  const [height, width] = [inHeight + Math.min(0, below), padInfo.left + inWidth + right];

  const places = filledUp(shaped(graph, graph.in(images, dy), [batchSize, to, outHeight * outWidth, block]), 0, 4);
  const windows = graph.emitOnce(
    'Transpose',
    [graph.emitOnce('Reshape', [places, graph.ints([lots, block, to, outHeight * outWidth, block])])],
    { perm: [2, 0, 3, 1, 4] },
  );
  const name = graph.emit(
    'Conv',
    [
      shaped(graph, image, [from, lots * block, height, width * block]),
      shaped(graph, windows, [outChannels, lots * block, outHeight, outWidth]),
    ],
    {
      kernel_shape: [outHeight, outWidth],
      dilations: [strideHeight, strideWidth * block],
      pads: [padInfo.top, 0, Math.max(0, below), 0],
    },
    blockedDomain,
  );
  const laid = graph.emit('Reshape', [name, graph.ints([from, to, filterHeight, filterWidth, block, block])]);
  return graph.laid(laid, shape, 'float32', [2, 3, 0, 1, inner(2), inner(3)]);
}
