import type { Lowering } from '../lowering';
import { type Geometry, windowsOf } from './window-geometry';

/** Of finite float32. */
export const greatest = 3.4028234663852886e38;

/** Whether images hold NaN, an infinity, or numbers that sum up to one: a scalar. */
export const isStrange = (graph: Lowering, x: string): string => {
  const sum = graph.emitOnce('ReduceSum', [x], { keepdims: 0 });
  return graph.emitOnce('IsNaN', [graph.emitOnce('Sub', [sum, sum])]);
};

/**
 * The maxima of windows over images, as TensorFlow.js has them: the runtime's own pass over NaN, and of nothing but -Infinity
 * are the least finite number. Where the runtime has blocks it is looked first whether there is such: elsewhere that was not
 * measured.
 *
 * @param domain of the runtime's operators, '' or that on blocks
 * @param rectified whether the images hold no number below 0
 */
export function maxima(graph: Lowering, x: string, geometry: Geometry, domain: string, rectified: boolean): string {
  const windows = windowsOf(geometry);
  const own = () => graph.emitOnce('MaxPool', [x], windows, domain);
  const all = () =>
    (rectified ? ofRectified : ofAny)(graph, x, own(), (of) => graph.emitOnce('AveragePool', [of], windows, domain));
  if (graph.block === 0) return all();
  const key = `maxima of ${rectified} ${x} ${JSON.stringify(windows)}`;
  return graph.once(key, () => graph.either(isStrange(graph, x), all, own));
}

type Mean = (of: string) => string;

// A mean does not pass over NaN, and is none itself where only +Infinity may occur; the larger of NaN and a number is NaN.
const ofRectified = (graph: Lowering, x: string, maximum: string, mean: Mean) =>
  graph.emitOnce('Max', [maximum, graph.emitOnce('Clip', [mean(x), graph.scalar(-1), graph.scalar(0)])]);

function ofAny(graph: Lowering, x: string, maximum: string, mean: Mean): string {
  const isAbove = graph.emitOnce('Greater', [x, graph.scalar(Number.NEGATIVE_INFINITY)]);
  const none = graph.emitOnce('Equal', [mean(graph.emitOnce('Cast', [isAbove], { to: 1 })), graph.scalar(0)]);
  const bounded = graph.emitOnce('Where', [none, graph.scalar(Number.NEGATIVE_INFINITY), maximum]);
  const ofClipped = mean(graph.emitOnce('Clip', [x, graph.scalar(-1), graph.scalar(1)]));
  return graph.emitOnce('Where', [graph.emitOnce('IsNaN', [ofClipped]), ofClipped, bounded]);
}
