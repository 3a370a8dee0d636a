import type { Lowering } from '../lowering';
import type { Geometry } from './window-geometry';

/** A place in a filter. */
type Tap = [row: number, column: number];
export const eachTap = ({ filterHeight, filterWidth }: Geometry): Tap[] =>
  Array.from({ length: filterHeight * filterWidth }, (_, i) => [Math.floor(i / filterWidth), i % filterWidth]);

/** An image whose height and width are two axes from `axis` on, of four, with its zeros around it written out. */
export function padded(
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
export function meeting(graph: Lowering, image: string, geometry: Geometry, [row, column]: Tap, axis: number): string {
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
