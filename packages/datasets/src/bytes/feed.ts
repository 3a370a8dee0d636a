import { FormatError } from '@agoge/core';
import type { Bytes } from './bytes';

/** Bytes that are taken in order, never twice: a file from its start, or what a packed one unpacks to. */
export interface Feed {
  /** How many were taken or skipped. */
  readonly at: number;
  /**
   * The next `count` bytes. Holds no more memory than twice the bytes that came, whatever the count.
   *
   * @throws FormatError where there are fewer
   */
  take(count: number): Promise<Uint8Array>;
  /** Leaves the next `count` bytes out, and throws as `take` does. */
  skip(count: number): Promise<void>;
  /** Leaves all out that is left. */
  finish(): Promise<void>;
  /** Whether nothing is left. */
  ended(): Promise<boolean>;
  /** Lets go of what the bytes come from; to be called whatever happened. */
  close(): Promise<void>;
}

const short = (who: string, at: number, count: number, there: number) =>
  new FormatError(who, `is cut short: ${count} bytes were to come after byte ${at}, but ${there} did`);

/** Bytes at hand from their start; what is skipped is not read. */
export function feedOf(who: string, bytes: Bytes): Feed {
  let at = 0;
  const move = (count: number) => {
    if (count > bytes.length - at) throw short(who, at, count, bytes.length - at);
    at += count;
    return at - count;
  };
  return {
    get at() {
      return at;
    },
    async take(count) {
      const from = move(count);
      return bytes.read(from, at);
    },
    async skip(count) {
      move(count);
    },
    async finish() {
      at = bytes.length;
    },
    ended: async () => at === bytes.length,
    close: async () => {},
  };
}

/**
 * Bytes that come in pieces of any length.
 *
 * @param room counts up to this are given memory at once, before they have come: half of what `take` needs otherwise
 */
export function feedOfPieces(who: string, pieces: AsyncIterable<Uint8Array>, room = 0): Feed {
  const source = pieces[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array();
  let at = 0;

  /** What has come and was not taken, at most `count` of it; empty at the end. */
  async function next(count: number): Promise<Uint8Array> {
    while (piece.length === 0) {
      const { done, value } = await source.next();
      if (done) return new Uint8Array();
      piece = value;
    }
    const some = piece.subarray(0, count);
    piece = piece.subarray(some.length);
    at += some.length;
    return some;
  }

  async function move(count: number, use: (some: Uint8Array) => void): Promise<void> {
    const from = at;
    while (at - from < count) {
      const some = await next(count - (at - from));
      if (some.length === 0) throw short(who, from, count, at - from);
      use(some);
    }
  }

  return {
    get at() {
      return at;
    },
    async take(count) {
      const whole = count <= room ? new Uint8Array(count) : undefined;
      const parts: Uint8Array[] = [];
      const from = at;
      await move(count, (some) => (whole ? whole.set(some, at - some.length - from) : parts.push(some)));
      return whole ?? (parts.length === 1 ? parts[0] : joined(parts, count));
    },
    skip: (count) => move(count, () => {}),
    async finish() {
      while ((await next(Number.POSITIVE_INFINITY)).length > 0);
    },
    async ended() {
      const some = await next(0);
      return some.length === 0 && piece.length === 0;
    },
    async close() {
      await source.return?.();
    },
  };
}

/** Pieces as one, of so many bytes together. */
function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
