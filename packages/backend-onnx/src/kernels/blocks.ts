import { blockedDomain, type Lowering, size, type Value } from '../lowering';
import { inner, nchw, type Order } from '../order';

// What goes into the runtime's convolutions on channels in blocks, and what comes out. They are about 1.3 times as fast as those
// on whole channels, and several times where the stride is not 1. ONNX Runtime takes them of itself where it knows the filter
// when it compiles, but then nothing else knows its results in blocks: here they are asked for by name, so that what follows
// takes them as they lie, and filters may change from call to call.

/** Images in blocks of channels. */
export const images: Order = [0, 3, 1, 2, inner(3)];

/** Whether images of so many channels are whole blocks. */
const isWholeBlocks = ({ block }: Lowering, channels: number): boolean => block > 0 && channels % block === 0;

/** Whether a convolution takes images of so many channels: whole blocks, or fewer than one has. It gives any number. */
export const takesBlocks = (graph: Lowering, channels: number): boolean =>
  isWholeBlocks(graph, channels) || channels < graph.block;

/** Images as the runtime's blocked convolution takes them: fewer channels than a block has are not in blocks. */
export function imagesTaken(graph: Lowering, x: Value): string {
  const [n, height, width, channels] = x.shape;
  return channels < graph.block ? graph.in(nchw, x) : graph.as([n, channels, height, width], graph.in(images, x));
}

/** A filter as it goes with {@link imagesTaken}: `[out, in, height, width]`, output channels filled up to whole blocks. */
export function filterTaken(graph: Lowering, filter: Value): string {
  const [height, width, inputs] = filter.shape;
  const outputs = wholeBlocks(graph, filter.shape[3]);
  return graph.as([outputs, inputs, height, width], inFilterBlocks(graph, filter, 2, 3));
}

/** Numbers of output channels, one each, as they go with {@link filterTaken}. */
export function biasTaken(graph: Lowering, bias: Value): string {
  const channels = size(bias.shape);
  return filledUp(graph, graph.as([channels], graph.asPlain(bias)), [channels], 0, wholeBlocks(graph, channels));
}

/**
 * As {@link filterTaken} for the convolution of a gradient: input and output channels change places.
 *
 * @param rows, columns the taps that are taken, in the order in which they are
 */
export function turnedFilterTaken(
  graph: Lowering,
  filter: Value,
  rows: readonly number[],
  columns: readonly number[],
): string {
  const { block } = graph;
  const [height, width, inputs, outputs] = filter.shape;
  const shape = [wholeBlocks(graph, inputs), outputs, rows.length, columns.length];
  const taps = rows.flatMap((row) => columns.map((column) => row * width + column));
  const count = height * width;
  if (inputs % block > 0 || outputs % block > 0) {
    const chunk = outputs < block ? block : block * block;
    const cells = graph.as([size(shape) / taps.length / chunk, count, chunk], inFilterBlocks(graph, filter, 3, 2));
    return graph.as(shape, taken(graph, cells, taps, 1));
  }
  // Many times as fast as a transposition: each cell of both blocks is turned by itself, then all are put in their order.
  const [fromBlocks, toBlocks] = [inputs / block, outputs / block];
  const lengths = [fromBlocks * toBlocks * count, block, block];
  const cells = graph.transposed(graph.as(lengths, inFilterBlocks(graph, filter, 2, 3)), 'float32', lengths, [0, 2, 1]);
  const order = each(fromBlocks).flatMap((from) =>
    each(toBlocks).flatMap((to) => taps.map((tap) => (to * fromBlocks + from) * count + tap)),
  );
  return graph.as(shape, taken(graph, graph.as([lengths[0], block * block], cells), order, 0));
}

/** A filter's channels in blocks, but for input channels that are fewer than one has. */
function inFilterBlocks(graph: Lowering, filter: Value, from: 2 | 3, to: 2 | 3): string {
  const { shape } = filter;
  const outputs = wholeBlocks(graph, shape[to]);
  const filled =
    outputs === shape[to]
      ? filter
      : graph.plain(filledUp(graph, graph.asPlain(filter), shape, to, outputs), shape.with(to, outputs), 'float32');
  const inputs = shape[from] < graph.block ? [] : [inner(from)];
  return graph.in([to, from, 0, 1, ...inputs, inner(to)], filled);
}

const wholeBlocks = ({ block }: Lowering, channels: number) => Math.ceil(channels / block) * block;

export const each = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The given places along an axis, in their order. */
export function taken(graph: Lowering, name: string, places: readonly number[], axis: number): string {
  const indices = graph.once(`places ${places.join()}`, () =>
    graph.constant('int32', [places.length], new Uint8Array(Int32Array.from(places).buffer)),
  );
  return graph.emitOnce('Gather', [name, indices], { axis });
}

/** A result of the runtime's as a value: in blocks, or without the channels that filled up the last one. */
export function outOfBlocks(graph: Lowering, name: string, shape: readonly number[]): Value {
  const [n, height, width, channels] = shape;
  if (isWholeBlocks(graph, channels)) {
    const lengths = [n, channels / graph.block, height, width, graph.block];
    return graph.laid(graph.as(lengths, name), shape, 'float32', images);
  }
  return graph.laid(graph.emit('ReorderOutput', [name], { channels }, blockedDomain), shape, 'float32', nchw);
}

/** How images lie for operators that take each channel by itself. */
export interface MapForm {
  readonly domain: string;
  /** Channels that lie beside each other, pixel by pixel. */
  readonly together: number;
  taken(x: Value): string;
  given(name: string, shape: readonly number[]): Value;
}

/** In blocks where there are whole ones, else one channel after another. */
export function mapForm(graph: Lowering, channels: number): MapForm {
  if (isWholeBlocks(graph, channels)) {
    return {
      domain: blockedDomain,
      together: graph.block,
      taken: (x) => imagesTaken(graph, x),
      given: (name, shape) => outOfBlocks(graph, name, shape),
    };
  }
  return {
    domain: '',
    together: 1,
    taken: (x) => graph.in(nchw, x),
    given: (name, shape) => graph.laid(name, shape, 'float32', nchw),
  };
}

/** A tensor with zeros up to a length at the end of one axis. */
export function filledUp(
  graph: Lowering,
  name: string,
  lengths: readonly number[],
  axis: number,
  length: number,
): string {
  if (lengths[axis] === length) return name;
  const pads = new Array<number>(2 * lengths.length).fill(0).with(lengths.length + axis, length - lengths[axis]);
  return graph.emitOnce('Pad', [name, graph.ints(pads), graph.scalar(0)]);
}
