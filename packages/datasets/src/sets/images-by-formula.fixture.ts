import type { ImageShape } from '@agoge/core';
import type { ImageSource } from '../dataset';

/** The images of `test/golden/binary/make.py`: `(7 n + 3 row + 5 column + 11 channel) mod 256`, in NHWC, from image `first` on. */
export function imagesByFormula(n: number, [height, width, channels]: ImageShape = [32, 32, 3], first = 0): number[] {
  return Array.from({ length: n * height * width * channels }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    const [line, column] = [Math.floor(pixel / width), pixel % width];
    const image = first + Math.floor(line / height);
    return (7 * image + 3 * (line % height) + 5 * column + 11 * channel) % 256;
  });
}

/** All values of a data set, in 255ths. */
export async function levelsOf(data: ImageSource): Promise<number[]> {
  const n = data.labels.length;
  const x = new Float32Array(n * data.shape[0] * data.shape[1] * data.shape[2]);
  await data.read(
    Uint32Array.from({ length: n }, (_, i) => i),
    x,
  );
  return Array.from(x, (value) => Math.round(value * 255 * 1000) / 1000);
}
