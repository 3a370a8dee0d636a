import type { Image } from './image';

/**
 * The middle of an image, as torchvision's `CenterCrop([height, width])`: where the margins differ, offsets are rounded to
 * the nearest whole number, halves to the even one; what is smaller is put in the middle of black, the odd pixel to the right
 * and below.
 */
export function centerCrop(image: Image, width: number, height: number): Image {
  const { channels, data } = image;
  const out = new Uint8Array(width * height * channels);
  const [left, top] = [offset(image.width, width), offset(image.height, height)];
  const [first, last] = [Math.max(0, -left), Math.min(width, image.width - left)];
  for (let y = Math.max(0, -top); y < Math.min(height, image.height - top); y++) {
    const source = (y + top) * image.width + left;
    out.set(data.subarray((source + first) * channels, (source + last) * channels), (y * width + first) * channels);
  }
  return { width, height, channels, data: out };
}

function offset(size: number, crop: number): number {
  if (crop > size) return -Math.floor((crop - size) / 2);
  const half = (size - crop) / 2;
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2);
}
