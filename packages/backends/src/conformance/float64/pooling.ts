import { eachPair, type Window } from './windows';

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
