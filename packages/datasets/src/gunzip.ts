import { FormatError } from '@agoge/core';

/** Whether bytes begin as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Unpacks a gzip file, which may come from anybody: what unpacks to more than `most` bytes is refused before it fills the
 * memory, and so is what is cut short or fails its checksum.
 *
 * @param who the file's name, for messages
 */
export async function gunzip(who: string, bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > most) break;
      parts.push(value);
    }
  } catch (error) {
    throw new FormatError(who, `cannot be unpacked: ${(error as Error).message}`);
  }
  if (length > most) {
    await reader.cancel();
    throw new FormatError(who, `unpacks to more than ${most} bytes`);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
