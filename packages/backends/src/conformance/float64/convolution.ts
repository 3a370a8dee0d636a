import { eachPair, type Window } from './windows';

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
