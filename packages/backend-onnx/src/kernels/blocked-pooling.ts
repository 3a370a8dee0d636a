import { blockedDomain, type Lowering, type Value } from '../lowering';
import { imagesTaken, isWholeBlocks, outOfBlocks } from './blocks';
import { maxima } from './maxima';
import { type Geometry, windowsOf } from './window-geometry';

/** Whole numbers below it are exact in float32. */
const mostExact = 2 ** 24;

/**
 * The gradient of maxima over windows that lie side by side and cover the images, with channels in blocks: each pixel that is
 * its window's maximum, or NaN, is marked with its distance from the end of its plane, the largest mark of a window tells
 * the first of them, and there its gradient goes.
 *
 * In place of the runtime's `MaxPool` with positions, which takes some ten times as long as all of this.
 *
 * @returns nothing for other windows, or channels that are no whole blocks
 */
export function maxPoolGradientInBlocks(graph: Lowering, dy: Value, x: Value, geometry: Geometry): Value | undefined {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = geometry;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = geometry;
  const covers = inHeight === outHeight * strideHeight && inWidth === outWidth * strideWidth;
  const plane = inHeight * inWidth * graph.block;
  const tiled = covers && filterHeight === strideHeight && filterWidth === strideWidth && plane < mostExact;
  if (!tiled || !isWholeBlocks(graph, inChannels)) return undefined;

  const planes = (batchSize * inChannels) / graph.block;
  const windows = windowsOf(geometry);
  const shape = [batchSize, inChannels, inHeight, inWidth];
  const images = imagesTaken(graph, x);
  const largest = maxima(graph, images, geometry, blockedDomain, graph.rectified.has(x.name));
  const scales = [1, 1, strideHeight, strideWidth];
  const spread = graph.emit('Upsample', [largest], { scales }, blockedDomain);
  const isLargest = graph.emit('Or', [graph.emit('Equal', [images, spread]), graph.emit('IsNaN', [images])]);
  const flat = graph.as([planes, plane], graph.emit('Cast', [isLargest], { to: 1 }));
  const marks = graph.as(shape, graph.emit('Mul', [flat, untilEnd(graph, plane)]));
  const first = graph.emit('MaxPool', [marks], windows, blockedDomain);
  const mark = graph.as([planes, (outHeight * outWidth * plane) / (inHeight * inWidth)], first);
  const positions = graph.emit('Sub', [ends(graph, planes, plane), graph.emit('Cast', [mark], { to: 7 })]);
  const places = graph.as([batchSize, inChannels, outHeight, outWidth], positions);
  const name = graph.emit('MaxUnpool', [imagesTaken(graph, dy), places, graph.ints(shape)], windows);
  return outOfBlocks(graph, name, x.shape);
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
