import { randomBytes } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesOf, piecesOf } from './bytes';
import { inflated, unpackedFeed } from './inflate';

async function lengthOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of pieces) length += piece.length;
  return length;
}
const text = new TextEncoder().encode('so that the feed has some bytes to unpack '.repeat(5000));
const pieces = (bytes: Uint8Array) => piecesOf(bytesOf(bytes), 0, 1000);

describe('inflated', () => {
  it.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
  ] as const)('unpacks %s', async (format, packed) => {
    expect(await lengthOf(inflated('file', pieces(packed), format, text.length))).toBe(text.length);
  });

  it('does not unpack a bomb', async () => {
    const bomb = gzipSync(new Uint8Array(10_000_000));
    await expect(lengthOf(inflated('bomb', pieces(bomb), 'gzip', 1000))).rejects.toThrow(
      'bomb: unpacks to more than 1000 bytes',
    );
    expect(await lengthOf(inflated('bomb', pieces(bomb), 'gzip', 10_000_000))).toBe(10_000_000);
  });

  it.each([
    ['what is cut short', gzipSync(text).subarray(0, 100)],
    ['nothing', new Uint8Array()],
    ['a wrong checksum', gzipSync(text).map((byte, i, all) => (i === all.length - 6 ? byte ^ 1 : byte))],
    ['what is none', text],
  ])('refuses %s', async (_, packed) => {
    await expect(lengthOf(inflated('file', pieces(packed), 'gzip', 1e6))).rejects.toThrow('file: cannot be unpacked: ');
  });

  it('hands on the error of a source that cannot be read', async () => {
    async function* source() {
      yield gzipSync(text).subarray(0, 50);
      throw new Error('the disk is gone');
    }
    await expect(lengthOf(inflated('file', source(), 'gzip', 1e6))).rejects.toThrow(/^the disk is gone$/);
  });

  it('reads no further than it must, and lets go of its source when nobody reads on', async () => {
    const packed = gzipSync(randomBytes(4_000_000));
    let given = 0;
    let closed = false;
    async function* source() {
      try {
        for (; given < packed.length; given += 1 << 15) yield packed.subarray(given, given + (1 << 15));
      } finally {
        closed = true;
      }
    }
    const stream = inflated('file', source(), 'gzip', 1e8);
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(given).toBeLessThan(400_000);
    await stream.return(undefined);
    expect(closed).toBe(true);
  });
});

describe.each([
  ['bytes at hand', text],
  ['packed bytes', gzipSync(text)],
])('unpackedFeed of %s', (_, bytes) => {
  it('gives them in order, whatever is asked for at a time', async () => {
    const feed = await unpackedFeed('file', bytesOf(bytes), 1e6);
    expect(await feed.take(100)).toEqual(text.slice(0, 100));
    await feed.skip(99_900);
    expect(feed.at).toBe(100_000);
    expect(await feed.ended()).toBe(false);
    expect(Buffer.compare(await feed.take(text.length - 100_000), text.subarray(100_000))).toBe(0);
    expect(await feed.ended()).toBe(true);
    await expect(feed.take(1)).rejects.toThrow(
      `file: is cut short: 1 bytes were to come after byte ${text.length}, but 0 did`,
    );
    await feed.close();
  });

  it('refuses to take or skip more than there is', async () => {
    const message = `file: is cut short: ${2 ** 40} bytes were to come after byte 5, but ${text.length - 5} did`;
    for (const move of ['take', 'skip'] as const) {
      const feed = await unpackedFeed('file', bytesOf(bytes), 1e6);
      await feed.take(5);
      await expect(feed[move](2 ** 40)).rejects.toThrow(message);
      await feed.close();
    }
  });
});
