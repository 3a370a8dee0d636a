import { FormatError } from '@agoge/core';
import type { Bytes } from '../bytes/bytes';
import { unpackedFeed } from '../bytes/inflate';

/** An array of bytes with its shape, as an IDX file holds it. */
export interface IdxArray {
  shape: number[];
  data: Uint8Array;
}

/** Type code of unsigned bytes, the only one that images and labels come in. */
const unsignedByte = 0x08;
/** Of data: near twice as long as the longest known, the training images of EMNIST's `byclass`. */
const most = 2 ** 30;

/**
 * Reads an IDX file of bytes, packed by gzip or not: `00 00 08 rank`, then the sizes as big-endian 32-bit numbers, then the
 * data, row by row.
 *
 * @param who the file's name, for messages
 * @param rank that it must have: 3 for images, 1 for labels
 * @throws FormatError for another magic number, rank or type, for data shorter or longer than the sizes say, for more than
 * 1 GiB, and for a packed file that is damaged
 * @see Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, where the format is described
 */
export async function readIdx(who: string, bytes: Bytes, rank: number): Promise<IdxArray> {
  const feed = await unpackedFeed(who, bytes, most + 1024);
  try {
    const magic = viewOf(await feed.take(4)).getUint32(0);
    const expected = (unsignedByte << 8) | rank;
    if (magic !== expected) {
      const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
      throw new FormatError(who, `magic number must be ${hex(expected)} (bytes, rank ${rank}), got ${hex(magic)}`);
    }
    const sizes = viewOf(await feed.take(4 * rank));
    const shape = Array.from({ length: rank }, (_, i) => sizes.getUint32(4 * i));
    const size = shape.reduce((product, each) => product * each, 1);
    if (size > most) {
      throw new FormatError(
        who,
        `its sizes ${shape.join(' x ')} say ${size} bytes, more than the ${most} that are read`,
      );
    }
    const data = await feed.take(size);
    if (!(await feed.ended()))
      throw new FormatError(who, `goes on after the ${size} bytes of its sizes ${shape.join(' x ')}`);
    return { shape, data };
  } finally {
    await feed.close();
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);
