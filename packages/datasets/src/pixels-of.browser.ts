import { FormatError } from '@agoge/core';
import type { Pixels } from './pictures/image';
import type { ImageHeader } from './pictures/image-header';

/** A file's pixels, by the browser. */
export async function pixelsOf(
  who: string,
  bytes: Uint8Array,
  { format }: ImageHeader,
): Promise<{ pixels: Pixels; bands: number }> {
  const file = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: `image/${format}` });
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none' }).catch((cause) => {
    throw new FormatError(who, `cannot be decoded: ${cause.message}`);
  });
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('decodeImage: this browser gives no 2D canvas');
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height);
    for (let i = 3; i < pixels.data.length; i += 4) {
      if (pixels.data[i] === 255) continue;
      throw new FormatError(who, 'has transparent pixels, whose colours a browser does not give');
    }
    return { pixels, bands: 4 };
  } finally {
    bitmap.close();
  }
}
