import { FormatError } from '@agoge/core';

/** What the first bytes of an image file say. */
export interface ImageHeader {
  readonly format: 'jpeg' | 'png' | 'webp';
  /** As stored: before any rotation that the file asks for. */
  readonly width: number;
  readonly height: number;
  /** Whether the colours are cyan, magenta, yellow and black. */
  readonly cmyk: boolean;
}

/**
 * Reads format and size of a JPEG, PNG or WebP file without decoding it.
 *
 * @param who the file's name, for messages
 * @throws FormatError for other formats, and where the header is cut short or says 0 pixels
 */
export function imageHeader(who: string, bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: ImageHeader | undefined;
  try {
    header = jpegHeader(view) ?? pngHeader(view) ?? webpHeader(view);
  } catch (error) {
    // A DataView that is read past its end.
    if (error instanceof RangeError) throw new FormatError(who, `is cut short: it ends in its header`);
    throw error;
  }
  if (!header)
    throw new FormatError(who, `is no JPEG, PNG or WebP file: it has ${bytes.length} bytes${startOf(bytes)}`);
  if (header.width * header.height === 0) {
    throw new FormatError(who, `says that it is ${header.width} x ${header.height} pixels`);
  }
  return header;
}

function startOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  return `, the first ${Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}

/** Whether bytes are those of a text. */
const says = (view: DataView, at: number, text: string): boolean =>
  view.byteLength >= at + text.length && [...text].every((letter, i) => view.getUint8(at + i) === letter.charCodeAt(0));

/** ITU-T T.81: markers with their lengths, until the frame's (SOF), which has height, width and components. */
function jpegHeader(view: DataView): ImageHeader | undefined {
  if (!says(view, 0, '\xff\xd8\xff')) return undefined;
  for (let at = 2; ; ) {
    // Between segments, decoders look for the next marker, whatever lies there.
    while (view.getUint8(at) !== 0xff) at += 1;
    while (view.getUint8(at) === 0xff) at += 1;
    const marker = view.getUint8(at);
    at += 1;
    // 0 is a stuffed byte; 01, and d0 to d9 are markers alone.
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd9)) continue;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      const cmyk = view.getUint8(at + 7) === 4;
      return { format: 'jpeg', height: view.getUint16(at + 3), width: view.getUint16(at + 5), cmyk };
    }
    at += Math.max(2, view.getUint16(at));
  }
}

/** ISO/IEC 15948: the first chunk is IHDR, with width and height. */
function pngHeader(view: DataView): ImageHeader | undefined {
  if (!says(view, 0, '\x89PNG\r\n\x1a\n')) return undefined;
  if (view.byteLength > 16 && !says(view, 12, 'IHDR')) return undefined;
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20), cmyk: false };
}

/** RFC 9649: simple (lossy, lossless) and extended files. */
function webpHeader(view: DataView): ImageHeader | undefined {
  if (!says(view, 0, 'RIFF') || !says(view, 8, 'WEBP')) return undefined;
  const of = (width: number, height: number): ImageHeader => ({ format: 'webp', width, height, cmyk: false });
  if (says(view, 12, 'VP8 ')) return of(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  if (says(view, 12, 'VP8L')) {
    const bits = view.getUint32(21, true);
    return of((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  }
  if (!says(view, 12, 'VP8X')) return undefined;
  const from24 = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
  return of(from24(24), from24(27));
}

/** Whether a file is an image that {@link imageHeader} knows, by its name. */
export const isImageName = (name: string): boolean => /\.(jpe?g|png|webp)$/i.test(name);
