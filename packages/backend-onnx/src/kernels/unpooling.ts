import { blockedDomain, type Lowering, type Value } from '../lowering';
import { stepped } from './activation';
import { mapForm } from './blocks';
import { isStrange, maxima } from './maxima';
import { type Geometry, windowsOf } from './window-geometry';

/** Whole numbers below it are exact in float32. */
const mostExact = 2 ** 24;

/** The gradient of maxima over windows that lie side by side. */
export interface Unpooling {
  readonly dy: Value;
  readonly x: Value;
  readonly geometry: Geometry;
}

/**
 * The gradient of maxima over windows that lie side by side and cover the images: each pixel that is its window's maximum, or NaN,
 * is marked with its distance from the end of its plane, the largest mark of a window tells the first of them, and there its
 * gradient goes.
 *
 * In place of the runtime's `MaxPool` with positions, which takes some ten times as long as all of this with channels in blocks.
 *
 * @returns nothing for other windows, or where the runtime has no blocks: there it was not measured
 */
export function unpooled(graph: Lowering, dy: Value, x: Value, geometry: Geometry): Value | undefined {
  return unpooledAs(graph, { dy, x, geometry }, (gradient) => gradient);
}

/**
 * Such a gradient times the step of the images, which are rectified: where a maximum is 0 its window's gradient is, so that the
 * step is taken of the maxima, of which there are fewer.
 *
 * @returns nothing where the values are no such gradient and step
 */
export function unpooledAboveZero(graph: Lowering, gradient: Value, step: Value): Value | undefined {
  const before = graph.unpooled.get(gradient.name);
  if (!before || graph.stepOf.get(step.name) !== before.x.name) return undefined;
  return unpooledAs(graph, before, (each, largest) => graph.emit('Mul', [each, stepped(graph, largest)]));
}

/** @param change what becomes of the windows' gradients, given their maxima */
function unpooledAs(
  graph: Lowering,
  unpooling: Unpooling,
  change: (gradient: string, largest: string) => string,
): Value | undefined {
  const { dy, x, geometry } = unpooling;
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = geometry;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = geometry;
  const covers = inHeight === outHeight * strideHeight && inWidth === outWidth * strideWidth;
  const { domain, together, taken, given } = mapForm(graph, inChannels);
  const plane = inHeight * inWidth * together;
  const tiled = covers && filterHeight === strideHeight && filterWidth === strideWidth && plane < mostExact;
  if (!tiled || graph.block === 0) return undefined;

  const planes = (batchSize * inChannels) / together;
  const windows = windowsOf(geometry);
  const shape = [batchSize, inChannels, inHeight, inWidth];
  const images = taken(x);
  const largest = maxima(graph, images, geometry, domain, graph.rectified.has(x.name));
  const spread = spreadOver(graph, largest, geometry, domain);
  const equal = () => graph.emitOnce('Equal', [images, spread]);
  const isLargest = graph.once(`largest of ${images} ${spread}`, () =>
    graph.either(isStrange(graph, images), () => graph.emit('Or', [equal(), graph.emit('IsNaN', [images])]), equal),
  );
  const flat = graph.as([planes, plane], graph.emitOnce('Cast', [isLargest], { to: 1 }));
  const marks = graph.as(shape, graph.emitOnce('Mul', [flat, untilEnd(graph, plane)]));
  const first = graph.emitOnce('MaxPool', [marks], windows, domain);
  const mark = graph.as([planes, outHeight * outWidth * together], first);
  const positions = graph.emitOnce('Sub', [ends(graph, planes, plane), graph.emitOnce('Cast', [mark], { to: 7 })]);
  const places = graph.as([batchSize, inChannels, outHeight, outWidth], positions);
  const gradient = change(taken(dy), largest);
  const found = given(graph.emit('MaxUnpool', [gradient, places, graph.ints(shape)], windows), x.shape);
  if (graph.rectified.has(x.name)) graph.unpooled.set(found.name, unpooling);
  return found;
}

/** Each window's number at all of its pixels. */
function spreadOver(graph: Lowering, name: string, { strideHeight, strideWidth }: Geometry, domain: string): string {
  const scales = [1, 1, strideHeight, strideWidth];
  if (domain === blockedDomain) return graph.emitOnce('Upsample', [name], { scales }, domain);
  const factors = graph.once(`factors ${scales.join()}`, () =>
    graph.constant('float32', [scales.length], new Uint8Array(Float32Array.from(scales).buffer)),
  );
  const nearest = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
  return graph.emitOnce('Resize', [name, '', factors], nearest);
}

/** Of each place in a plane of so many numbers the distance from its end, as `[1, plane]`. */
const untilEnd = (graph: Lowering, plane: number): string =>
  graph.once(`distances from the end of ${plane}`, () => {
    const distances = Float32Array.from({ length: plane }, (_, i) => plane - i);
    return graph.constant('float32', [1, plane], new Uint8Array(distances.buffer));
  });

/** Where each of some planes ends, all one after another, as `[planes, 1]`. */
const ends = (graph: Lowering, planes: number, plane: number): string =>
  graph.once(`ends of ${planes} planes of ${plane}`, () => {
    const all = BigInt64Array.from({ length: planes }, (_, i) => BigInt((i + 1) * plane));
    return graph.constant('int64', [planes, 1], new Uint8Array(all.buffer));
  });
