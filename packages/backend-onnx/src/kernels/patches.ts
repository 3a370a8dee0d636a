import { blockedDomain, type Lowering, type Value } from '../lowering';
import { nchw } from '../order';
import { each, filledUp, filterTaken, imagesTaken, taken } from './blocks';
import type { Geometry } from './window-geometry';

/** More channels than images have from outside, which lie as their shape says. */
const moreThanColours = 4;

/**
 * The gradient in images of few channels: one convolution of dy, which gives patches of pixels, all channels of a patch in one
 * block. A convolution that gives single pixels would fill most of the block with zeros.
 *
 * What is infinite or NaN in dy makes NaN of all patches that it meets, also of the pixels there that it does not meet itself.
 *
 * @returns nothing where that takes no less time, or windows lie further out than their taps reach
 */
export function inputGradientInPatches(
  graph: Lowering,
  dy: Value,
  filter: Value,
  geometry: Geometry,
): Value | undefined {
  const { batchSize, inChannels, inHeight, inWidth } = geometry;
  const found = patchesOf(graph.block, geometry);
  if (!found) return undefined;
  const [rows, columns] = found;
  const name = graph.emit(
    'Conv',
    [imagesTaken(graph, dy), filterTaken(graph, filterOfPatches(graph, filter, rows, columns))],
    {
      kernel_shape: [rows.taps.length, columns.taps.length],
      strides: [rows.step, columns.step],
      pads: [rows.pads[0], columns.pads[0], rows.pads[1], columns.pads[1]],
    },
    blockedDomain,
  );
  const images = outOfPatches(graph, name, rows, columns, [batchSize, inHeight, inWidth, inChannels]);
  return inChannels > moreThanColours ? graph.reorder(nchw, images) : images;
}

/** Along one axis: patches of pixels side by side, each of which meets the same taps of a filter at other places of dy. */
interface Patches {
  /** Pixels of a patch. */
  readonly length: number;
  readonly count: number;
  /** From one patch to the next, in dy. */
  readonly step: number;
  readonly pads: readonly [before: number, after: number];
  /** By the places of dy that a patch meets, then by its pixels: the tap between the two, or none. */
  readonly taps: readonly (readonly (number | undefined)[])[];
}

/**
 * Patches of two columns, and as many rows as a block has room for: measured, wider ones are slower.
 *
 * @returns nothing where they take no fewer products of a number with a block than single pixels, or windows lie too far out
 */
function patchesOf(block: number, geometry: Geometry): [rows: Patches, columns: Patches] | undefined {
  const { inChannels, inHeight, inWidth, filterHeight, filterWidth, strideHeight, strideWidth } = geometry;
  if (inChannels >= block || geometry.dilationHeight * geometry.dilationWidth > 1) return undefined;
  const width = Math.max(strideWidth, 2);
  const room = Math.min(inHeight, Math.floor(block / (width * inChannels)));
  const height = Math.max(1, Math.floor(room / strideHeight)) * strideHeight;
  const [rows, columns] = [patchesAlong('Height', height, geometry), patchesAlong('Width', width, geometry)];
  const blocks = Math.ceil((height * width * inChannels) / block);
  const products = blocks * rows.count * columns.count * rows.taps.length * columns.taps.length;
  const single = (inHeight * inWidth * filterHeight * filterWidth) / (strideHeight * strideWidth);
  return products < single && Math.min(...rows.pads, ...columns.pads) >= 0 ? [rows, columns] : undefined;
}

function patchesAlong(axis: 'Height' | 'Width', length: number, geometry: Geometry): Patches {
  const [stride, reach] = [geometry[`stride${axis}`], geometry[`filter${axis}`]];
  const before = axis === 'Height' ? geometry.padInfo.top : geometry.padInfo.left;
  const first = Math.ceil((before - reach + 1) / stride);
  const last = Math.floor((length - 1 + before) / stride);
  const count = Math.ceil(geometry[`in${axis}`] / length);
  const step = length / stride;
  const after = step * (count - 1) + last + 1 - geometry[`out${axis}`];
  const taps = each(last - first + 1).map((place) =>
    each(length).map((pixel) => {
      const tap = pixel + before - stride * (first + place);
      return tap >= 0 && tap < reach ? tap : undefined;
    }),
  );
  return { length, count, step, pads: [-first, after], taps };
}

/** The filter by which a convolution gives patches: for every pixel the tap that lies between it and a place of dy, or zeros. */
function filterOfPatches(graph: Lowering, filter: Value, rows: Patches, columns: Patches): Value {
  const [height, width, inputs, outputs] = filter.shape;
  const none = height * width;
  const taps = graph.as([none, inputs * outputs], graph.asPlain(filter));
  const withNone = filledUp(graph, taps, [none, inputs * outputs], 0, none + 1);
  const places = rows.taps.flatMap((row) =>
    columns.taps.flatMap((column) =>
      row.flatMap((i) => column.map((j) => (i === undefined || j === undefined ? none : i * width + j))),
    ),
  );
  const [down, across] = [rows.taps.length, columns.taps.length];
  const channels = rows.length * columns.length * inputs;
  const name = graph.as([down, across, channels, outputs], taken(graph, withNone, places, 0));
  return graph.laid(name, [down, across, outputs, channels], 'float32', [0, 1, 3, 2]);
}

/** Images, as their shape says, out of the patches that a convolution in blocks gave. */
function outOfPatches(
  graph: Lowering,
  name: string,
  rows: Patches,
  columns: Patches,
  shape: readonly [n: number, height: number, width: number, channels: number],
): Value {
  const [n, height, width, pixel] = shape;
  const line = columns.length * pixel;
  const channels = rows.length * line;
  const isOneBlock = channels === graph.block;
  const last = isOneBlock ? name : graph.emit('ReorderOutput', [name], { channels, channels_last: 1 }, blockedDomain);
  const lines = [n, rows.count, rows.length, columns.count, line];
  const byPatch = graph.as([n, rows.count, columns.count, rows.length, line], last);
  const byLine = graph.asPlain(graph.laid(byPatch, lines, 'float32', [0, 1, 3, 2, 4]));
  const lengths = [rows.count * rows.length, columns.count * columns.length];
  const whole = graph.as([n, ...lengths, pixel], byLine);
  const isWhole = lengths[0] === height && lengths[1] === width;
  const cut = [graph.ints([0, 0]), graph.ints([height, width]), graph.ints([1, 2])];
  return graph.plain(isWhole ? whole : graph.emit('Slice', [whole, ...cut]), shape, 'float32');
}
