import { FormatError } from '@agoge/core';
import { compactStruct } from './compact-struct';
import { unpackPage } from './unpack-page';

/** What is known of a column before its pages are read. */
export interface ColumnFacts {
  readonly type: 'INT32' | 'INT64' | 'BYTE_ARRAY';
  readonly codec: string;
  /** Values that it must have, one per row. */
  readonly rows: number;
  /** How many of the structs it lies in, and itself, may be missing. */
  readonly optional: number;
}

const pageTypes = { data: 0, dictionary: 2, dataV2: 3 } as const;
const encodings = { plain: 0, plainDictionary: 2, dictionary: 8 } as const;

/** Bytes that pages may unpack to: images are packed already, and labels are few. */
const mostUnpacked = (packed: number) => 4 * packed + 2 ** 24;

/**
 * Unpacks the pages of a column and makes sure that they can be read: that they have as many values as the column has rows, and
 * that no run in them is longer. A reader that trusts a run's length would write without end.
 *
 * @param who the file's name, for messages
 * @param chunk all bytes of the column in one row group
 * @returns what {@link unpackPage} made of those that are packed, in their order
 */
export async function checkedPages(who: string, chunk: Uint8Array, column: ColumnFacts): Promise<Uint8Array[]> {
  const unpacked: Uint8Array[] = [];
  let [rows, total] = [0, 0];
  for (let at = 0; at < chunk.length; ) {
    const { end, numbers } = compactStruct(who, chunk, at);
    const number = (path: string, least = 0) => {
      const value = numbers.get(path) ?? -1;
      if (value < least) throw new FormatError(who, `has a damaged page header: field ${path} is ${value}`);
      return value;
    };
    const [type, length, packed] = [number('1'), number('2'), number('3')];
    if (packed > chunk.length - end) throw new FormatError(who, `is cut short: a page of ${packed} bytes has fewer`);
    total += length;
    if (total > mostUnpacked(chunk.length)) {
      throw new FormatError(
        who,
        `has ${chunk.length} bytes of pages that unpack to more than ${mostUnpacked(chunk.length)}`,
      );
    }
    const bytes = chunk.subarray(end, end + packed);
    at = end + packed;

    if (type === pageTypes.dictionary) {
      const page = await unpackPage(who, column.codec, bytes, length);
      if (column.codec !== 'UNCOMPRESSED') unpacked.push(page);
      const most = page.length / (column.type === 'INT64' ? 8 : 4);
      if (number('7.1') > most) throw new FormatError(who, `has a dictionary of more entries than bytes`);
    } else if (type === pageTypes.data) {
      const page = await unpackPage(who, column.codec, bytes, length);
      if (column.codec !== 'UNCOMPRESSED') unpacked.push(page);
      const values = number('5.1');
      rows += values;
      let start = 0;
      if (column.optional > 0) {
        if (page.length < 4) throw new FormatError(who, 'has a page without its levels');
        start = 4 + new DataView(page.buffer, page.byteOffset).getUint32(0, true);
        checkRuns(who, page.subarray(4), levelBits(column.optional), values);
      }
      checkValues(who, page.subarray(start), number('5.2'), values);
    } else if (type === pageTypes.dataV2) {
      const [values, nulls, levels] = [number('8.1'), number('8.2'), number('8.5')];
      if (number('8.3') !== values || number('8.6') !== 0) throw new FormatError(who, 'has lists, which are not read');
      if (nulls > values || levels > packed || levels > length) throw new FormatError(who, 'has a damaged page header');
      rows += values;
      if (column.optional > 0) checkRuns(who, bytes, levelBits(column.optional), values);
      const isPacked = numbers.get('8.7') !== 0;
      const page = isPacked
        ? await unpackPage(who, column.codec, bytes.subarray(levels), length - levels)
        : bytes.subarray(levels);
      if (isPacked && column.codec !== 'UNCOMPRESSED') unpacked.push(page);
      checkValues(who, page, number('8.4'), values - nulls);
    } else {
      throw new FormatError(who, `has a page of type ${type}; data and dictionary pages are read`);
    }
    if (rows > column.rows) throw new FormatError(who, `has ${rows} values or more in a column of ${column.rows} rows`);
  }
  if (rows !== column.rows) throw new FormatError(who, `has ${rows} values in a column of ${column.rows} rows`);
  return unpacked;
}

const levelBits = (most: number) => 32 - Math.clz32(most);

function checkValues(who: string, bytes: Uint8Array, encoding: number, values: number): void {
  if (encoding === encodings.plain) return;
  if (encoding !== encodings.dictionary && encoding !== encodings.plainDictionary) {
    throw new FormatError(who, `has values in encoding ${encoding}; plain (0) and dictionary (2, 8) are read`);
  }
  const [bits] = bytes;
  if (!(bits <= 32)) throw new FormatError(who, 'has a page without its dictionary indices');
  if (bits > 0) checkRuns(who, bytes.subarray(1), bits, values);
}

/** Runs of a value, or values of so many bits side by side, until there are so many. */
function checkRuns(who: string, bytes: Uint8Array, bits: number, values: number): void {
  const damaged = () => new FormatError(who, `has rows without a value, or damaged runs`);
  let at = 0;
  for (let seen = 0; seen < values; ) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 28) throw damaged();
      const byte = bytes[at++];
      head |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    // The lowest bit tells eights of values side by side from one value so many times.
    const isPacked = (head & 1) === 1;
    const count = isPacked ? (head >>> 1) * 8 : head >>> 1;
    const length = isPacked ? (head >>> 1) * bits : (bits + 7) >> 3;
    if (length > bytes.length - at || count > values - seen + (isPacked ? 7 : 0)) throw damaged();
    at += length;
    seen += count;
  }
}
