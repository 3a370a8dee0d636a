import { FormatError } from '@agoge/core';

/** Float32 values as base64 of their little-endian bytes: exact, and a fifth of their length in decimals. */
export function floatsToText(values: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    bytes.setFloat32(i * 4, value, true);
  });
  return bytesToText(new Uint8Array(bytes.buffer));
}

/** Bytes as base64. */
export function bytesToText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/**
 * The values that {@link floatsToText} wrote.
 *
 * @param length how many there must be
 * @throws FormatError for another length, text that is not base64, and values that are not finite
 */
export function textToFloats(who: string, text: string, length: number): Float32Array {
  let raw: string;
  try {
    raw = atob(text);
  } catch {
    throw new FormatError(who, 'is not base64');
  }
  if (raw.length !== length * 4) {
    throw new FormatError(who, `must hold ${length} float32 values (${length * 4} bytes), has ${raw.length} bytes`);
  }
  const bytes = new DataView(new ArrayBuffer(raw.length));
  for (let i = 0; i < raw.length; i++) bytes.setUint8(i, raw.charCodeAt(i));
  const values = Float32Array.from({ length }, (_, i) => bytes.getFloat32(i * 4, true));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new FormatError(who, `value ${bad} must be finite, is ${values[bad]}`);
  return values;
}
