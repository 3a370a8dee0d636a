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
      few ? graph.in(nchw, x) : graph.as([batchSize, inChannels, inHeight, inWidth], graph.in(images, x)),
      graph.as(
        [outChannels, inChannels, geometry.filterHeight, geometry.filterWidth],
        graph.in(few ? [3, 2, 0, 1, inner(3)] : forward, filter),
      ),
    ],
    { ...windowsOf(geometry), dilations: [geometry.dilationHeight, geometry.dilationWidth] },
    blockedDomain,
  );
  return inBlocks(graph, name, [batchSize, outHeight, outWidth, outChannels]);
}

/** A result of the runtime's as a value in blocks. */
function inBlocks(graph: Lowering, name: string, shape: readonly number[]): Value {
  const [n, height, width, channels] = shape;
  const lengths = [n, channels / graph.block, height, width, graph.block];
  return graph.laid(graph.as(lengths, name), shape, 'float32', images);
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

  const image = graph.as([batchSize, outChannels, outHeight, outWidth], graph.in(images, dy));
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
    const few = graph.as([inChannels, outChannels, row.count, column.count], kept);
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
 * the filter's window, and channels stand beside each other along the width, so many (a block of them, or all) that a tap
 * further to the right is that many columns further on.
 *
 * What is convolved is `[channels / beside, n, height, width * beside]`, its images in blocks, by
 * `[out, n, outHeight, outWidth]`; the result, `[channels / beside, out, filterHeight, filterWidth * beside]`. Images and output
 * channels are filled up with zeros to whole blocks.
 */
export function filterGradientInBlocks(graph: Lowering, x: Value, dy: Value, geometry: Geometry): Value {
  const { block } = graph;
  const { inChannels, outChannels, outHeight, outWidth, padInfo, filterHeight, filterWidth } = geometry;
  const { strideHeight, strideWidth } = geometry;
  const beside = inChannels % block === 0 ? block : inChannels;
  const groups = inChannels / beside;
  const outBlocks = Math.ceil(outChannels / block);
  const image = imagesInBlocks(graph, x, geometry, beside);
  const name = graph.emit(
    'Conv',
    [image.name, windowsInBlocks(graph, dy, geometry)],
    {
      kernel_shape: [outHeight, outWidth],
      dilations: [strideHeight, strideWidth * beside],
      pads: [padInfo.top, 0, image.below, 0],
    },
    blockedDomain,
  );
  const lengths = [groups, outBlocks, filterHeight, filterWidth, beside, block];
  const shape = [filterHeight, filterWidth, inChannels, outBlocks * block];
  const gradient =
    beside === block
      ? graph.laid(graph.as(lengths, name), shape, 'float32', [2, 3, 0, 1, inner(2), inner(3)])
      : graph.laid(graph.as(lengths.slice(1), name), shape, 'float32', [3, 0, 1, 2, inner(3)]);
  if (outChannels % block === 0) return gradient;
  const first = [graph.ints([0]), graph.ints([outChannels]), graph.ints([3])];
  return graph.plain(graph.emit('Slice', [graph.asPlain(gradient), ...first]), shape.with(3, outChannels), 'float32');
}

/** A tensor with zeros up to a length at the end of one axis. */
function filledUp(graph: Lowering, name: string, lengths: readonly number[], axis: number, length: number): string {
  if (lengths[axis] === length) return name;
  const pads = new Array<number>(2 * lengths.length).fill(0).with(lengths.length + axis, length - lengths[axis]);
  return graph.emitOnce('Pad', [name, graph.ints(pads), graph.scalar(0)]);
}

/** What {@link filterGradientInBlocks} convolves, and how many rows of zeros it still wants below. */
function imagesInBlocks(graph: Lowering, x: Value, geometry: Geometry, beside: number) {
  const { block } = graph;
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth, padInfo } = geometry;
  const groups = inChannels / beside;
  const lots = Math.ceil(batchSize / block);
  const pixels = inHeight * inWidth * beside;
  const apart = [batchSize, groups, pixels];
  const byImage = graph.as(apart, groups === 1 ? graph.asPlain(x) : graph.in(images, x));
  const byGroup = graph.transposed(byImage, 'float32', apart, [1, 0, 2]);
  const full = filledUp(graph, byGroup, [groups, batchSize, pixels], 1, lots * block);
  const parts = [groups * lots, block, pixels];
  const turned = graph.transposed(graph.as(parts, full), 'float32', parts, [0, 2, 1]);
  // Beyond the image to the right and below, or what no window meets there.
  const beyond = (taps: number, output: number, stride: number, input: number, before: number) =>
    (output - 1) * stride + taps - input - before;
  const right = beyond(geometry.filterWidth, outWidth, geometry.strideWidth, inWidth, padInfo.left);
  const below = beyond(geometry.filterHeight, outHeight, geometry.strideHeight, inHeight, padInfo.top);
  const rows = graph.as([groups * lots, inHeight, inWidth, beside * block], turned);
  const cut = Math.min(0, below);
  const isWhole = padInfo.left === 0 && right === 0 && cut === 0;
  const pads = graph.ints([0, 0, padInfo.left, 0, 0, cut, right, 0]);
  const padded = isWhole ? rows : graph.emitOnce('Pad', [rows, pads, graph.scalar(0)]);
  const width = (padInfo.left + inWidth + right) * beside;
  return { name: graph.as([groups, lots * block, inHeight + cut, width], padded), below: below - cut };
}

/** By what {@link filterGradientInBlocks} convolves: dy as a filter in blocks. */
function windowsInBlocks(graph: Lowering, dy: Value, geometry: Geometry): string {
  const { block } = graph;
  const { batchSize, outChannels, outHeight, outWidth } = geometry;
  const [lots, outBlocks] = [batchSize, outChannels].map((each) => Math.ceil(each / block));
  const places = outHeight * outWidth;
  const lengths = [batchSize, outBlocks, places, block];
  const laid = outChannels % block === 0 ? graph.as(lengths, graph.in(images, dy)) : channelsFilledUp();
  const parts = [lots, block, outBlocks, places, block];
  const full = graph.as(parts, filledUp(graph, laid, lengths, 0, lots * block));
  const turned = graph.transposed(full, 'float32', parts, [2, 0, 3, 1, 4]);
  return graph.as([outBlocks * block, lots * block, outHeight, outWidth], turned);

  function channelsFilledUp(): string {
    const plain = [batchSize, outChannels, places];
    const wide = filledUp(graph, graph.as(plain, graph.in(nchw, dy)), plain, 1, outBlocks * block);
    const cut = [batchSize, outBlocks, block, places];
    return graph.transposed(graph.as(cut, wide), 'float32', cut, [0, 1, 3, 2]);
  }
}
