import { FormatError, isUserError } from '@agoge/core';
import { decompress as unzstd } from 'fzstd';
import { snappyUncompress } from 'hyparquet';
import { inflated } from '../bytes/inflate';

/** How pages are packed, by parquet's names. */
const unpackers: Readonly<Record<string, (who: string, packed: Uint8Array, length: number) => Promise<Uint8Array>>> = {
  async UNCOMPRESSED(_, packed) {
    return packed;
  },
  async SNAPPY(_, packed, length) {
    const page = new Uint8Array(length);
    snappyUncompress(packed, page);
    return page;
  },
  async GZIP(who, packed, length) {
    const page = new Uint8Array(length);
    let at = 0;
    for await (const piece of inflated(who, only(packed), 'gzip', length)) {
      page.set(piece, at);
      at += piece.length;
    }
    return page.subarray(0, at);
  },
  async ZSTD(_, packed, length) {
    return unzstd(packed, new Uint8Array(length));
  },
};

async function* only(bytes: Uint8Array) {
  yield bytes;
}

/**
 * Unpacks a page of a parquet file.
 *
 * @param length that it must have then: the caller has held it against a limit
 * @throws FormatError for another length, damaged bytes, and packings other than snappy, gzip and zstd
 */
export async function unpackPage(who: string, codec: string, packed: Uint8Array, length: number): Promise<Uint8Array> {
  if (!Object.hasOwn(unpackers, codec)) {
    throw new FormatError(who, `is packed as ${codec}; ${Object.keys(unpackers).join(', ')} are read`);
  }
  const page = await unpackers[codec](who, packed, length).catch((error) => {
    throw isUserError(error) ? error : new FormatError(who, `has a page that cannot be unpacked: ${error.message}`);
  });
  if (page.length !== length) throw new FormatError(who, `has a page of ${page.length} bytes that says ${length}`);
  return page;
}
