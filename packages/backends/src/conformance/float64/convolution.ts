import { eachPair, outputOf, type Window } from './windows';

/** A convolution of images NHWC, full or depthwise. */
export interface Convolution extends Window {
  /** Output channels; of a depthwise convolution, those of each input channel. */
  filters: number;
  depthwise?: boolean;
}

type Shape = [number, number, number, number];

/** Shapes of images, filter (`[height, width, channels, filters]`) and result. */
export function shapesOf(convolution: Convolution): { x: Shape; w: Shape; y: Shape } {
  const { input, kernel, filters, depthwise } = convolution;
  const [rows, columns] = outputOf(convolution);
  const channels = depthwise ? input[3] * filters : filters;
  return { x: input, w: [...kernel, input[3], filters], y: [input[0], rows.size, columns.size, channels] };
}

/** Calls back for each product that a convolution sums, with the positions of the sum and of its two factors. */
function eachProduct(convolution: Convolution, visit: (y: number, x: number, w: number) => void): void {
  const { filters, depthwise } = convolution;
  const { x: input, y } = shapesOf(convolution);
  const channels = input[3];
  eachPair(convolution, (output, pixel, tap) => {
    for (let channel = 0; channel < channels; channel++) {
      const first = output * y[3] + (depthwise ? channel * filters : 0);
      for (let filter = 0; filter < filters; filter++) {
        visit(first + filter, pixel * channels + channel, (tap * channels + channel) * filters + filter);
      }
    }
  });
}

const zeros = (shape: Shape) => new Float64Array(shape.reduce((a, b) => a * b));

/** The result: each window's sum of x times w. */
export function convolve(convolution: Convolution, x: ArrayLike<number>, w: ArrayLike<number>): Float64Array {
  const result = zeros(shapesOf(convolution).y);
  eachProduct(convolution, (output, input, weight) => {
    result[output] += x[input] * w[weight];
  });
  return result;
}

/** The gradient by the images of `sum(dy * y)`. */
export function inputGradient(convolution: Convolution, w: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const dx = zeros(shapesOf(convolution).x);
  eachProduct(convolution, (output, input, weight) => {
    dx[input] += w[weight] * dy[output];
  });
  return dx;
}

/** The gradient by the filter of `sum(dy * y)`. */
export function filterGradient(convolution: Convolution, x: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const dw = zeros(shapesOf(convolution).w);
  eachProduct(convolution, (output, input, weight) => {
    dw[weight] += x[input] * dy[output];
  });
  return dw;
}
