import { blockedDomain, type Lowering, type Value } from '../lowering';
import { biasTaken, filterTaken, imagesTaken, outOfBlocks, turnedFilterTaken } from './blocks';
import { isPerChannel, withScale } from './scaled';
import { type Geometry, windowsOf } from './window-geometry';

/** A convolution in blocks, with what it does to its result itself. */
export interface BlockedConvolution {
  readonly x: Value;
  readonly filter: Value;
  readonly geometry: Geometry;
  /** Added to each channel, `[channels]`. */
  readonly bias?: Value;
  readonly rectifies?: boolean;
  /** The tensor that the convolution gave before it was to do anything itself. */
  readonly bare?: string;
}

/** The convolution, where `takesBlocks` says so. */
export function convolveBlocks(graph: Lowering, convolution: BlockedConvolution): Value {
  const { x, filter, geometry, bias, rectifies, bare } = convolution;
  const inputs = [imagesTaken(graph, x), filterTaken(graph, filter), ...(bias ? [biasTaken(graph, bias)] : [])];
  const dilations = [geometry.dilationHeight, geometry.dilationWidth];
  const attributes = { ...windowsOf(geometry), dilations, ...(rectifies && { activation: 'Relu' }) };
  const name = graph.emit('Conv', inputs, attributes, blockedDomain);
  const y = outOfBlocks(graph, name, geometry.outShape);
  graph.formOf.set(name, bare ?? name);
  if (graph.merges) graph.convolutions.set(y.name, { ...convolution, bare: bare ?? name });
  return y;
}

/** A convolution's result with a number added to each channel: the convolution that adds it itself. */
export function addedInBlocks(graph: Lowering, y: Value, bias: Value): Value | undefined {
  const before = graph.convolutions.get(y.name);
  if (!before || before.bias || before.rectifies || !isPerChannel(bias, y)) return undefined;
  return convolveBlocks(graph, { ...before, bias });
}

/** A convolution's result with each channel multiplied by a frozen number, of a frozen filter: that of the filter multiplied. */
export function multipliedInBlocks(graph: Lowering, y: Value, factor: Value): Value | undefined {
  const before = graph.convolutions.get(y.name);
  const areFrozen = before?.filter.constant && factor.constant;
  if (!areFrozen || before.bias || before.rectifies || !isPerChannel(factor, y)) return undefined;
  return convolveBlocks(graph, { ...before, filter: withScale(graph, before.filter, factor) });
}

/** A convolution's result without what is below 0: the convolution that rectifies it itself. */
export function rectifiedInBlocks(graph: Lowering, y: string): string | undefined {
  const before = graph.convolutions.get(y);
  return before && !before.rectifies ? convolveBlocks(graph, { ...before, rectifies: true }).name : undefined;
}

/** Along one axis: the taps of a filter that meet the pixels `phase`, `phase + stride`, ..., the last first, and how far out. */
interface Phase {
  taps: number[];
  pads: [before: number, after: number];
}
function phaseOf(phase: number, stride: number, length: number, before: number, input: number, output: number): Phase {
  const first = (phase + before) % stride;
  const count = Math.max(0, Math.ceil((length - first) / stride));
  const reach = (phase + before - first) / stride;
  return {
    taps: Array.from({ length: count }, (_, i) => first + (count - 1 - i) * stride),
    pads: [count - 1 - reach, input / stride + reach - output],
  };
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
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth } = geometry;
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = geometry;
  if (geometry.dilationHeight > 1 || geometry.dilationWidth > 1) return undefined;
  if (inHeight % strideHeight !== 0 || inWidth % strideWidth !== 0) return undefined;
  const each = (stride: number) => Array.from({ length: stride }, (_, phase) => phase);
  const rows = each(strideHeight).map((i) => phaseOf(i, strideHeight, filterHeight, padInfo.top, inHeight, outHeight));
  const columns = each(strideWidth).map((i) => phaseOf(i, strideWidth, filterWidth, padInfo.left, inWidth, outWidth));
  if ([...rows, ...columns].some(({ taps, pads }) => taps.length > 0 && Math.min(...pads) < 0)) return undefined;

  const image = imagesTaken(graph, dy);
  const inputs = Math.ceil(inChannels / graph.block) * graph.block;
  const [height, width] = [inHeight / strideHeight, inWidth / strideWidth];
  const convolved = (row: Phase, column: Phase): string => {
    if (row.taps.length === 0 || column.taps.length === 0) {
      return graph.asPlain(graph.filled(0, [batchSize, inputs, height, width], 'float32'));
    }
    const [[top, bottom], [left, right]] = [row.pads, column.pads];
    return graph.emit(
      'Conv',
      [image, turnedFilterTaken(graph, filter, row.taps, column.taps)],
      { kernel_shape: [row.taps.length, column.taps.length], pads: [top, left, bottom, right] },
      blockedDomain,
    );
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
  const lines = (batchSize * inputs * height) / graph.block;
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
  return outOfBlocks(graph, graph.as([batchSize, inputs, inHeight, inWidth], whole), [
    batchSize,
    inHeight,
    inWidth,
    inChannels,
  ]);
}
