/** Where the windows of a convolution or pooling lie on a batch of images. */
export interface Window {
  /** `[n, height, width, channels]` of the input. */
  input: [number, number, number, number];
  kernel: [number, number];
  strides: [number, number];
  pad: Padding;
  /** Distance between neighbouring taps of the kernel; 1 by default. */
  dilations?: [number, number];
  /** What becomes of a broken number of windows; down by default. Up, the last ones reach beyond image and padding. */
  rounding?: 'floor' | 'round' | 'ceil';
}
export type Padding = 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];

/** The padding of explicitly given rows and columns. */
export const explicit = (top: number, bottom: number, left: number, right: number): Padding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

/** Output size and padding before, of height and width. */
export function outputOf({ input, kernel, strides, pad, dilations = [1, 1], rounding = 'floor' }: Window) {
  return [0, 1].map((axis) => {
    const [size, s] = [input[1 + axis], strides[axis]];
    const reach = (kernel[axis] - 1) * dilations[axis] + 1;
    if (pad === 'valid') return { size: Math.floor((size - reach) / s) + 1, before: 0 };
    if (pad !== 'same') {
      const [before, after] = pad[1 + axis];
      return { size: Math[rounding]((size + before + after - reach) / s) + 1, before };
    }
    const out = Math.ceil(size / s);
    return { size: out, before: Math.floor(Math.max(0, (out - 1) * s + reach - size) / 2) };
  });
}

/** Calls back for each pair of an output pixel and an input pixel within its window, with the kernel's tap between them. */
export function eachPair(
  window: Window,
  visit: (output: number, input: number, tap: number, first: boolean, last: boolean) => void,
): void {
  const { dilations = [1, 1], kernel, strides } = window;
  const [n, height, width] = window.input;
  const [rows, columns] = outputOf(window);
  for (let image = 0, output = 0; image < n; image++) {
    for (let row = 0; row < rows.size; row++) {
      for (let column = 0; column < columns.size; column++, output++) {
        const inside: [number, number][] = [];
        for (let k = 0; k < kernel[0]; k++) {
          for (let l = 0; l < kernel[1]; l++) {
            const y = row * strides[0] - rows.before + k * dilations[0];
            const x = column * strides[1] - columns.before + l * dilations[1];
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            inside.push([(image * height + y) * width + x, k * kernel[1] + l]);
          }
        }
        inside.forEach(([input, tap], i) => {
          visit(output, input, tap, i === 0, i === inside.length - 1);
        });
      }
    }
  }
}
