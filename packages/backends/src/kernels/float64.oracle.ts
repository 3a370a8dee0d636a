/** Plain float64 loops that the tests hold the kernels against. Images are NHWC, filters HWIO. */

export interface Window {
  /** `[n, height, width, channels]` of the input. */
  input: [number, number, number, number];
  kernel: [number, number];
  strides: [number, number];
  pad: Padding;
}
export type Padding = 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];

/** Reproducible values in [-1, 1), rounded to 1/`levels`: few levels make ties. */
export function values(size: number, seed: number, levels = 4096): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 31 - 1) * levels) / levels;
  });
}

/** Output size and padding before, of height and width. */
export function outputOf({ input, kernel, strides, pad }: Window) {
  return [0, 1].map((axis) => {
    const [size, k, s] = [input[1 + axis], kernel[axis], strides[axis]];
    if (pad === 'valid') return { size: Math.floor((size - k) / s) + 1, before: 0 };
    if (pad !== 'same') {
      const [before, after] = pad[1 + axis];
      return { size: Math.floor((size + before + after - k) / s) + 1, before };
    }
    const out = Math.ceil(size / s);
    return { size: out, before: Math.floor(Math.max(0, (out - 1) * s + k - size) / 2) };
  });
}

/** Calls back for each pair of an output pixel and an input pixel within its window. */
function eachPair(
  window: Window,
  visit: (output: number, input: number, tap: number, first: boolean, last: boolean) => void,
): void {
  const [n, height, width] = window.input;
  const [rows, columns] = outputOf(window);
  for (let image = 0, output = 0; image < n; image++) {
    for (let row = 0; row < rows.size; row++) {
      for (let column = 0; column < columns.size; column++, output++) {
        const inside: [number, number][] = [];
        for (let k = 0; k < window.kernel[0]; k++) {
          for (let l = 0; l < window.kernel[1]; l++) {
            const y = row * window.strides[0] - rows.before + k;
            const x = column * window.strides[1] - columns.before + l;
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            inside.push([(image * height + y) * width + x, k * window.kernel[1] + l]);
          }
        }
        inside.forEach(([input, tap], i) => {
          visit(output, input, tap, i === 0, i === inside.length - 1);
        });
      }
    }
  }
}

export function convolutionGradients(
  window: Window,
  outChannels: number,
  x: Float32Array,
  w: Float32Array,
  dy: Float32Array,
) {
  const channels = window.input[3];
  const dx = new Float64Array(x.length);
  const dw = new Float64Array(w.length);
  eachPair(window, (output, input, tap) => {
    for (let i = 0; i < channels; i++) {
      for (let o = 0; o < outChannels; o++) {
        const weight = (tap * channels + i) * outChannels + o;
        dx[input * channels + i] += w[weight] * dy[output * outChannels + o];
        dw[weight] += x[input * channels + i] * dy[output * outChannels + o];
      }
    }
  });
  return { dx, dw };
}

export function maxPoolGradient(window: Window, x: Float32Array, dy: Float32Array): Float64Array {
  const channels = window.input[3];
  const dx = new Float64Array(x.length);
  for (let c = 0; c < channels; c++) {
    let best = 0;
    eachPair(window, (output, input, _tap, first, last) => {
      if (first || x[input * channels + c] > x[best]) best = input * channels + c;
      if (last) dx[best] += dy[output * channels + c];
    });
  }
  return dx;
}

export function averagePoolGradient(window: Window, dy: Float32Array): Float64Array {
  const channels = window.input[3];
  const counts: number[] = [];
  eachPair(window, (output) => {
    counts[output] = (counts[output] ?? 0) + 1;
  });
  const dx = new Float64Array(window.input.reduce((a, b) => a * b));
  eachPair(window, (output, input) => {
    for (let c = 0; c < channels; c++) dx[input * channels + c] += dy[output * channels + c] / counts[output];
  });
  return dx;
}

/** `a [batch, m, k]` times `b [batch, k, n]`, each transposed in storage where asked. */
export function product(
  a: Float32Array,
  b: Float32Array,
  [batch, m, k, n]: readonly [number, number, number, number],
  transposeA: boolean,
  transposeB: boolean,
): Float64Array {
  const out = new Float64Array(batch * m * n);
  for (let i = 0; i < out.length; i++) {
    const [image, row, column] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    for (let j = 0; j < k; j++) {
      const left = image * m * k + (transposeA ? j * m + row : row * k + j);
      const right = image * k * n + (transposeB ? column * k + j : j * n + column);
      out[i] += a[left] * b[right];
    }
  }
  return out;
}

/** The largest difference, over the largest magnitude expected or 1. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, magnitude] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(actual[i])) return Number.NaN;
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  return difference / magnitude;
}
