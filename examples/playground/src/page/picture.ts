import type { ImageShape } from '@agoge/core';

/** An image that was picked, before any classifier. */
export interface Picture {
  /** What it is, in words. */
  title: string;
  /** What it shows, where that is known. */
  label?: number;
  /** Its number in the test images; 0 for what is not of them. */
  index: number;
  /** As a classifier takes it: pixels from 0 to 1 in that shape. */
  fit(shape: ImageShape): Float32Array;
}

/** A test digit. */
export function digitPicture(image: Float32Array, label: number, index: number): Picture {
  return {
    ...{ title: `test digit ${index}, a ${label}`, label, index },
    fit(shape) {
      if (shape.join() === '8,8,1') return image;
      const canvas = canvasOf(8, 8);
      const data = new ImageData(8, 8);
      for (const [at, level] of image.entries()) data.data.set([255 * level, 255 * level, 255 * level, 255], 4 * at);
      canvas.getContext('2d')?.putImageData(data, 0, 0);
      return fitted(canvas, shape, false);
    },
  };
}

/** What anything that can be drawn looks like now. The middle square is taken; `inverted` for grey classifiers. */
export function pictureOf(
  source: CanvasImageSource & { width: number; height: number },
  title: string,
  inverted: boolean,
): Picture {
  const side = Math.min(source.width, source.height);
  const copy = canvasOf(Math.min(side, 512), Math.min(side, 512));
  const [left, top] = [(source.width - side) / 2, (source.height - side) / 2];
  copy.getContext('2d')?.drawImage(source, left, top, side, side, 0, 0, copy.width, copy.height);
  return { title, index: 0, fit: (shape) => fitted(copy, shape, inverted) };
}

function canvasOf(width: number, height: number): HTMLCanvasElement {
  return Object.assign(document.createElement('canvas'), { width, height });
}

function fitted(source: HTMLCanvasElement, [height, width, channels]: ImageShape, inverted: boolean): Float32Array {
  const small = canvasOf(width, height);
  const context = small.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gives no canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(halved(source, width, height), 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return Float32Array.from({ length: height * width * channels }, (_, i) => {
    const at = 4 * Math.floor(i / channels);
    if (channels === 3) return data[at + (i % 3)] / 255;
    const grey = (0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]) / 255;
    return inverted ? 1 - grey : grey;
  });
}

/** Halves an image while it is more than twice as large as wanted: browsers look at few pixels when they shrink at once. */
function halved(source: HTMLCanvasElement, width: number, height: number): HTMLCanvasElement {
  if (source.width < 2 * width || source.height < 2 * height) return source;
  const half = canvasOf(Math.floor(source.width / 2), Math.floor(source.height / 2));
  half.getContext('2d')?.drawImage(source, 0, 0, half.width, half.height);
  return halved(half, width, height);
}
