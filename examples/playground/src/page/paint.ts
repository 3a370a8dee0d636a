import type { ImageShape } from '@agoge/core';

/** Draws pixels from 0 to 1, pixel for pixel; the page enlarges the canvas. */
export function paintImage(
  canvas: HTMLCanvasElement,
  image: Float32Array,
  [height, width, channels]: ImageShape,
): void {
  paint(canvas, height, width, (at) => {
    const level = (channel: number) => 255 * image[at * channels + (channels === 1 ? 0 : channel)];
    return [level(0), level(1), level(2)];
  });
}

/** What a change of `full` is drawn in: up, and down. Of none: the middle. */
const [up, down, middle] = [
  [214, 90, 24],
  [22, 110, 178],
  [128, 128, 128],
] as const;

/** Draws how an image was changed, in signed colours: orange is more, blue is less; of colours their mean. */
export function paintChange(
  canvas: HTMLCanvasElement,
  clean: Float32Array,
  image: Float32Array,
  [height, width, channels]: ImageShape,
  full: number,
): void {
  paint(canvas, height, width, (at) => {
    let sum = 0;
    for (let c = at * channels; c < (at + 1) * channels; c++) sum += image[c] - clean[c];
    const share = Math.max(-1, Math.min(1, sum / channels / full));
    const colour = share > 0 ? up : down;
    const weight = Math.abs(share);
    // Towards black in the middle, so that nothing reads as nothing in both themes.
    return middle.map((_, c) => 24 + (colour[c] * 1.15 - 24) * weight);
  });
}

function paint(
  canvas: HTMLCanvasElement,
  height: number,
  width: number,
  colourAt: (pixel: number) => ArrayLike<number>,
): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const data = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    const colour = colourAt(at);
    for (let c = 0; c < 3; c++) data.data[4 * at + c] = Math.round(colour[c]);
    data.data[4 * at + 3] = 255;
  }
  canvas.getContext('2d')?.putImageData(data, 0, 0);
}
