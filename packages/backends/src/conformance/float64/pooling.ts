import { eachPair, outputOf, type Window } from './windows';

/** `[n, height, width, channels]` of the result. */
export function pooledShape(window: Window): [number, number, number, number] {
  const [rows, columns] = outputOf(window);
  return [window.input[0], rows.size, columns.size, window.input[3]];
}

const zeros = (shape: readonly number[]) => new Float64Array(shape.reduce((a, b) => a * b));

/** The largest value of each window, NaN where it holds one; what lies in the padding does not count. */
export function maxPooled(window: Window, x: ArrayLike<number>): Float64Array {
  const channels = window.input[3];
  const result = zeros(pooledShape(window)).fill(Number.NEGATIVE_INFINITY);
  eachPair(window, (output, input) => {
    for (let c = 0; c < channels; c++) {
      result[output * channels + c] = Math.max(result[output * channels + c], x[input * channels + c]);
    }
  });
  return result;
}

/** The gradient of `sum(dy * y)`: each window's goes to its first maximum in row-major order, or to its first NaN. */
export function maxPoolGradient(window: Window, x: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const channels = window.input[3];
  const dx = new Float64Array(x.length);
  for (let c = 0; c < channels; c++) {
    let best = 0;
    eachPair(window, (output, input, _tap, first, last) => {
      const each = x[input * channels + c];
      if (first || each > x[best] || (Number.isNaN(each) && !Number.isNaN(x[best]))) best = input * channels + c;
      if (last) dx[best] += dy[output * channels + c];
    });
  }
  return dx;
}

/** The mean of each window; what lies in the padding does not count, and of nothing else it is NaN. */
export function averagePooled(window: Window, x: ArrayLike<number>): Float64Array {
  const channels = window.input[3];
  const counts = pixelCounts(window);
  const result = zeros(pooledShape(window)).map((_, at) => (counts[Math.floor(at / channels)] ? 0 : Number.NaN));
  eachPair(window, (output, input) => {
    for (let c = 0; c < channels; c++) result[output * channels + c] += x[input * channels + c] / counts[output];
  });
  return result;
}

/** The gradient of `sum(dy * y)`: each window's in equal parts to its pixels. */
export function averagePoolGradient(window: Window, dy: ArrayLike<number>): Float64Array {
  const channels = window.input[3];
  const counts = pixelCounts(window);
  const dx = zeros(window.input);
  eachPair(window, (output, input) => {
    for (let c = 0; c < channels; c++) dx[input * channels + c] += dy[output * channels + c] / counts[output];
  });
  return dx;
}

/** How many pixels of the image each window holds. */
function pixelCounts(window: Window): number[] {
  const counts: number[] = [];
  eachPair(window, (output) => {
    counts[output] = (counts[output] ?? 0) + 1;
  });
  return counts;
}
