import type { Image } from '../pictures/image';

/** An image changed by a magnitude, which some operations have no use for; a new one, in bytes. */
export type ImageOperation = (image: Image, magnitude: number) => Image;

/**
 * The operations of AutoAugment and RandAugment, as torchvision applies them by Pillow: shears in pixels per pixel, shifts in
 * pixels, turns in degrees, counter-clockwise; enhancements by `1 + magnitude`; `posterize` keeps that many bits, `solarize`
 * inverts from that byte on. What comes in from outside is black.
 */
export const imageOperations = {
  identity: (image) => image,
  shearX: (image, m) => affine(image, [1, m, 0, 0, 1, 0]),
  shearY: (image, m) => affine(image, [1, 0, 0, m, 1, 0]),
  translateX: (image, m) => affine(image, [1, 0, -Math.trunc(m), 0, 1, 0]),
  translateY: (image, m) => affine(image, [1, 0, 0, 0, 1, -Math.trunc(m)]),
  rotate: turned,
  brightness: (image, m) => blended(new Uint8Array(image.data.length), image, 1 + m),
  color: (image, m) => blended(greyOf(image), image, 1 + m),
  contrast(image, m) {
    const grey = greyOf(image);
    const middle = Math.floor(grey.reduce((sum, each) => sum + each, 0) / grey.length + 0.5);
    return blended(new Uint8Array(image.data.length).fill(middle), image, 1 + m);
  },
  sharpness: (image, m) => blended(smooth(image), image, 1 + m),
  posterize: (image, m) => perByte(image, (byte) => byte & ~(2 ** (8 - Math.trunc(m)) - 1)),
  solarize: (image, m) => perByte(image, (byte) => (byte < m ? byte : 255 - byte)),
  autoContrast: (image) => byHistogram(image, stretch),
  equalize: (image) => byHistogram(image, level),
  invert: (image) => perByte(image, (byte) => 255 - byte),
} satisfies Record<string, ImageOperation>;

export type ImageOperationName = keyof typeof imageOperations;

/** `out[x, y]` is the pixel that holds `(a x + b y + c, d x + e y + f)` of pixels' middles, in 16 binary places as Pillow has it. */
function affine(
  image: Image,
  matrix: readonly [a: number, b: number, c: number, d: number, e: number, f: number],
): Image {
  const { data, height, width, channels } = image;
  const fixed = (value: number) => Math.floor(value * 65536 + 0.5);
  const [a, b, c, d, e, f] = matrix;
  const [stepX, stepY] = [fixed(a), fixed(d)];
  let [lineX, lineY] = [fixed(c + (a + b) / 2), fixed(f + (d + e) / 2)];
  const out = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    let [x, y] = [lineX, lineY];
    for (let column = 0; column < width; column++) {
      const [left, top] = [x >> 16, y >> 16];
      if (left >= 0 && left < width && top >= 0 && top < height) {
        const from = (top * width + left) * channels;
        const to = (row * width + column) * channels;
        for (let i = 0; i < channels; i++) out[to + i] = data[from + i];
      }
      x += stepX;
      y += stepY;
    }
    lineX += fixed(b);
    lineY += fixed(e);
  }
  return { ...image, data: out };
}

function turned(image: Image, degrees: number): Image {
  if (degrees === 0) return image;
  const { height, width } = image;
  const angle = (-degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [width / 2, height / 2];
  return affine(image, [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y]);
}

/** `from + factor (to - from)` in float32, cut to bytes. */
function blended(from: Uint8Array, image: Image, factor: number): Image {
  const share = Math.fround(factor);
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length; i++) {
    const mixed = Math.fround(from[i] + Math.fround(share * (image.data[i] - from[i])));
    data[i] = Math.min(255, Math.max(0, mixed));
  }
  return { ...image, data };
}

/** Pillow's luma, in all channels. */
function greyOf({ data, channels }: Image): Uint8Array {
  if (channels === 1) return data;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    out.fill((19595 * data[i] + 38470 * data[i + 1] + 7471 * data[i + 2] + 32768) >> 16, i, i + 3);
  }
  return out;
}

/** Each pixel with 5/13 of itself and 1/13 of its eight neighbours; those of the border as they are. */
function smooth({ data, height, width, channels }: Image): Uint8Array {
  const out = data.slice();
  const line = width * channels;
  for (let row = 1; row < height - 1; row++) {
    for (let i = row * line + channels; i < (row + 1) * line - channels; i++) {
      let sum = 4 * data[i];
      for (let from = i - line; from <= i + line; from += line)
        sum += data[from - channels] + data[from] + data[from + channels];
      out[i] = Math.floor(sum / 13 + 0.5);
    }
  }
  return out;
}

function perByte(image: Image, change: (byte: number) => number): Image {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => change(byte));
  return { ...image, data: image.data.map((byte) => table[byte]) };
}

/** Each channel through a table made of how often it has each byte. */
function byHistogram(image: Image, tableOf: (counts: Uint32Array) => ((byte: number) => number) | undefined): Image {
  const { channels } = image;
  const data = image.data.slice();
  for (let channel = 0; channel < channels; channel++) {
    const counts = new Uint32Array(256);
    for (let i = channel; i < data.length; i += channels) counts[data[i]] += 1;
    const change = tableOf(counts);
    if (!change) continue;
    const table = Uint8Array.from({ length: 256 }, (_, byte) => Math.min(255, Math.max(0, Math.trunc(change(byte)))));
    for (let i = channel; i < data.length; i += channels) data[i] = table[data[i]];
  }
  return { ...image, data };
}

/** The darkest becomes 0, the brightest 255. */
function stretch(counts: Uint32Array) {
  const low = counts.findIndex((count) => count > 0);
  const high = counts.findLastIndex((count) => count > 0);
  if (high <= low) return undefined;
  const scale = 255 / (high - low);
  return (byte: number) => byte * scale - low * scale;
}

/** All bytes about equally often. */
function level(counts: Uint32Array) {
  const last = counts.findLastIndex((count) => count > 0);
  const step = Math.floor((counts.reduce((sum, count) => sum + count, 0) - counts[last]) / 255);
  if (step === 0) return undefined;
  const table: number[] = [];
  let below = Math.floor(step / 2);
  for (const count of counts) {
    table.push(Math.floor(below / step));
    below += count;
  }
  return (byte: number) => table[byte];
}
