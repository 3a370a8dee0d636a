import { checkOptions, FormatError, integer, oneOf } from '@agoge/core';
import { pixelsOf } from '#pixels-of';
import { type DecodeImage, decodeDefaults, imageOf } from './image';
import { imageHeader } from './image-header';

/**
 * Reads a JPEG, PNG or WebP file: in Node by the package `sharp`, which you install; in a page by the browser.
 *
 * Pixels are those of Pillow's `Image.open(...).convert('RGB')` or `convert('L')`: colour profiles are not applied, alpha is
 * dropped, CMYK becomes `(1 - C) (1 - K)`, of 16 bits the upper 8 are kept, an animation gives its first frame. Unlike Pillow
 * by itself, it turns images as their EXIF orientation says. In a page, CMYK is converted as the browser does, and images
 * with transparent pixels are refused, since a canvas loses their colours.
 *
 * @throws FormatError for other formats, damaged files and more than `maxPixels`; an Error with the line that installs
 * `sharp` where it is missing
 * @example
 * const { width, height, data } = await decodeImage('cat.jpg', await readFile('cat.jpg'));
 */
export const decodeImage: DecodeImage = async (who, bytes, options = {}) => {
  checkOptions('decodeImage', options, { channels: oneOf(1, 3), maxPixels: integer({ min: 1 }) });
  const { channels, maxPixels } = { ...decodeDefaults, ...options };
  const header = imageHeader(who, bytes);
  if (header.width * header.height > maxPixels) {
    throw new FormatError(who, `has ${header.width} x ${header.height} pixels, more than maxPixels = ${maxPixels}`);
  }
  const { pixels, bands } = await pixelsOf(who, bytes, header);
  return imageOf(pixels, bands, channels);
};
