import { FormatError } from '@agoge/core';

/** An array of bytes with its shape, as an IDX file holds it. */
export interface IdxArray {
  shape: number[];
  /** A view of the file. */
  data: Uint8Array;
}

/** Type code of unsigned bytes, the only one that images and labels come in. */
const unsignedByte = 0x08;

/**
 * Reads an IDX file of bytes: `00 00 08 rank`, then the sizes as big-endian 32-bit numbers, then the data, row by row.
 *
 * @param who the file's name, for messages
 * @param rank that it must have: 3 for images, 1 for labels
 * @throws FormatError for another magic number, rank or type, and for data shorter or longer than the sizes say
 * @see Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, where the format is described
 */
export function readIdx(who: string, bytes: Uint8Array, rank: number): IdxArray {
  const start = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expected = (unsignedByte << 8) | rank;
  if (bytes.length < 4) throw new FormatError(who, `is no IDX file: it has ${bytes.length} bytes`);
  const magic = view.getUint32(0);
  if (magic !== expected) {
    const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
    throw new FormatError(who, `magic number must be ${hex(expected)} (bytes, rank ${rank}), got ${hex(magic)}`);
  }
  if (bytes.length < start)
    throw new FormatError(who, `is cut short: its head has ${start} bytes, got ${bytes.length}`);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((product, each) => product * each, 1);
  if (bytes.length - start !== size) {
    const sizes = shape.join(' x ');
    throw new FormatError(who, `holds ${bytes.length - start} bytes of data, its sizes ${sizes} say ${size}`);
  }
  return { shape, data: bytes.subarray(start) };
}
