import { FormatError } from '@agoge/core';

/** Bytes that lie somewhere and are read piece by piece: memory, a `Blob`, a file (`fileBytes` of `@agoge/datasets/node`). */
export interface Bytes {
  readonly length: number;
  /** The bytes from `from` to before `to`, which are both from 0 to `length`. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** What readers take: bytes in memory, a `Blob` or `File` of a browser, or {@link Bytes}. */
export type BytesLike = Uint8Array | ArrayBuffer | Blob | Bytes;

/** One way to read them all. */
export function bytesOf(given: BytesLike): Bytes {
  if (given instanceof Uint8Array) {
    return { length: given.length, read: async (from, to) => given.subarray(from, to) };
  }
  if (given instanceof ArrayBuffer) return bytesOf(new Uint8Array(given));
  if (given instanceof Blob) {
    return {
      length: given.size,
      read: async (from, to) => new Uint8Array(await given.slice(from, to).arrayBuffer()),
    };
  }
  return given;
}

/**
 * All of them, in memory.
 *
 * @param who the file's name, for messages
 * @param most bytes that are taken: what is longer is refused unread
 */
export async function wholeOf(who: string, given: BytesLike, most: number): Promise<Uint8Array> {
  const bytes = bytesOf(given);
  if (bytes.length > most) throw new FormatError(who, `has ${bytes.length} bytes, more than the ${most} that are read`);
  return bytes.read(0, bytes.length);
}

/** Bytes from `from` on, in pieces of at most `piece`, as they are read. */
export async function* piecesOf(bytes: Bytes, from = 0, piece = 1 << 20): AsyncGenerator<Uint8Array> {
  for (let at = from; at < bytes.length; at += piece) yield bytes.read(at, Math.min(at + piece, bytes.length));
}
