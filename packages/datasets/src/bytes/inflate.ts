import { FormatError } from '@agoge/core';
import { type Bytes, piecesOf } from './bytes';
import { type Feed, feedOf, feedOfPieces } from './feed';

/** Packed bytes are given in pieces of this length, which unpack to 33 MB at most. */
export const packedPiece = 1 << 15;

/**
 * Unpacks a gzip or zlib stream as it comes, which may come from anybody: what unpacks to more than `most` bytes is refused
 * before it fills the memory, and so is what is cut short or fails its checksum.
 *
 * @param who the file's name, for messages
 */
export async function* inflated(
  who: string,
  packed: AsyncIterable<Uint8Array>,
  format: 'gzip' | 'deflate',
  most: number,
): AsyncGenerator<Uint8Array> {
  const source = packed[Symbol.asyncIterator]();
  const { readable, writable } = new DecompressionStream(format);
  const reader = readable.getReader();
  // A pipe would not do: where Node's streams say that they are full only after 16,384 pieces, it reads the whole file.
  const pumped = pump(source, writable.getWriter());
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(async (error) => {
        // A packed stream that cannot be read is not a damaged one.
        const { failed } = await pumped;
        throw failed ? failed.error : new FormatError(who, `cannot be unpacked: ${(error as Error).message}`);
      });
      if (done) return;
      length += value.length;
      if (length > most) throw new FormatError(who, `unpacks to more than ${most} bytes`);
      yield value;
    }
  } finally {
    // Of a stream that failed, the same failure again.
    await reader.cancel().catch(() => {});
    await source.return?.();
  }
}

/** Gives one piece after another, each when the one before has been worked off; says whether the source failed. */
async function pump(
  source: AsyncIterator<Uint8Array>,
  writer: WritableStreamDefaultWriter<BufferSource>,
): Promise<{ failed?: { error: unknown } }> {
  try {
    for (;;) {
      const next = await source.next().catch((error: unknown) => ({ failed: { error } }));
      if ('failed' in next) {
        await writer.abort();
        return next;
      }
      if (next.done) break;
      await writer.write(next.value as Uint8Array<ArrayBuffer>);
    }
    await writer.close();
  } catch {
    // What could not be written, the reader is told of.
  }
  return {};
}

/**
 * The bytes of a file in order, unpacked if it begins as a gzip file does.
 *
 * @param most bytes that they may unpack to
 */
export async function unpackedFeed(who: string, bytes: Bytes, most: number): Promise<Feed> {
  const [first, second] = await bytes.read(0, Math.min(2, bytes.length));
  if (first !== 0x1f || second !== 0x8b) return feedOf(who, bytes);
  return feedOfPieces(who, inflated(who, piecesOf(bytes, 0, packedPiece), 'gzip', most));
}
