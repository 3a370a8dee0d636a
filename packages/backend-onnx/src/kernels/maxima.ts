import type { Lowering } from '../lowering';
import { type Geometry, windowsOf } from './window-geometry';

/** Of finite float32. */
export const greatest = 3.4028234663852886e38;

/**
 * The maxima of windows over images, as TensorFlow.js has them: the runtime's own pass over NaN, and of nothing but -Infinity
 * are the least finite number.
 *
 * @param domain of the runtime's operators, '' or that on blocks
 * @param rectified whether the images hold no number below 0
 */
export function maxima(graph: Lowering, x: string, geometry: Geometry, domain: string, rectified: boolean): string {
  const windows = windowsOf(geometry);
  const maximum = graph.emitOnce('MaxPool', [x], windows, domain);
  const mean = (of: string) => graph.emitOnce('AveragePool', [of], windows, domain);
  // A mean does not pass over NaN, and is none itself where only +Infinity may occur; the larger of NaN and a number is NaN.
  if (rectified) {
    return graph.emitOnce('Max', [maximum, graph.emitOnce('Clip', [mean(x), graph.scalar(-1), graph.scalar(0)])]);
  }
  const none = graph.emitOnce('LessOrEqual', [maximum, graph.scalar(-greatest)]);
  const bounded = graph.emitOnce('Where', [none, graph.scalar(Number.NEGATIVE_INFINITY), maximum]);
  const ofClipped = mean(graph.emitOnce('Clip', [x, graph.scalar(-1), graph.scalar(1)]));
  return graph.emitOnce('Where', [graph.emitOnce('IsNaN', [ofClipped]), ofClipped, bounded]);
}
