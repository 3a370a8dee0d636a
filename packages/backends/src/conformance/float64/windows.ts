export interface Window {
  /** `[n, height, width, channels]` of the input. */
  input: [number, number, number, number];
  kernel: [number, number];
  strides: [number, number];
  pad: Padding;
}
export type Padding = 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];

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
export function eachPair(
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
