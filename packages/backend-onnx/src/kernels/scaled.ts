import { elementwise } from '../elementwise';
import { type Lowering, size, type Value } from '../lowering';
import { same } from '../order';

// Images whose channels are each multiplied by a number, and convolutions with frozen filters: the filter is multiplied in place
// of the images, once, when the runtime compiles.

/** Images and what multiplies each of their channels. */
export interface Scaled {
  readonly images: Value;
  readonly factor: Value;
}

/** A product, where it is one of images and a frozen number for each channel. */
export const scaledBy = (images: Value, factor: Value): Scaled | undefined =>
  factor.constant && isPerChannel(factor, images) ? { images, factor } : undefined;

/** The gradient and the filter of a convolution: where one was multiplied, by frozen numbers, the other is in its place. */
export function scaledFilter(graph: Lowering, dy: Value, filter: Value): { dy: Value; filter: Value } {
  const before = graph.scaled.get(dy.name);
  if (!before || !filter.constant || !same(before.images.shape, dy.shape)) return { dy, filter };
  return { dy: before.images, filter: withScale(graph, filter, before.factor) };
}

/** A filter whose results are multiplied by a number for each channel. */
export const withScale = (graph: Lowering, filter: Value, factor: Value): Value =>
  elementwise(graph, [filter, { ...factor, shape: factor.held }], filter.shape, 'float32', (names) =>
    graph.emit('Mul', names),
  );

/** One number for each channel of images, all else broadcast. */
export const isPerChannel = ({ shape, held }: Value, images: Value): boolean =>
  shape.length <= 4 && size(held) === images.shape[3] && held.at(-1) === images.shape[3];
