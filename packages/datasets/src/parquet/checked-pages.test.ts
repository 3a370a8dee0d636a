import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ColumnFacts, checkedPages } from './checked-pages';

const zigzag = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value >= 0 ? 2 * value : -2 * value - 1;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
};

/** A data page of version 1: header and bytes. */
function page(
  bytes: readonly number[],
  values: number,
  encoding: number,
  facts: { length?: number; type?: number } = {},
) {
  const { length = bytes.length, type = 0 } = facts;
  const header = [0x15, ...zigzag(type), 0x15, ...zigzag(length), 0x15, ...zigzag(bytes.length)];
  const inner = [0x15, ...zigzag(values), 0x15, ...zigzag(encoding), 0];
  // Field 5 for data, 7 for a dictionary.
  return [...header, type === 2 ? 0x4c : 0x2c, ...inner, 0, ...bytes];
}

const column: ColumnFacts = { type: 'INT32', codec: 'UNCOMPRESSED', rows: 9, optional: 0 };
const check = (bytes: readonly number[], facts: Partial<ColumnFacts> = {}) =>
  checkedPages('file', Uint8Array.from(bytes), { ...column, ...facts });
const plain = Array(36).fill(1);
/** Nine indices of 2 bits: a run of five, and eight side by side of which four count. */
const indices = [2, 5 << 1, 1, 3, 0b11100100, 0b11100100];

describe('checkedPages', () => {
  it('takes values that are as many as there are rows', async () => {
    expect(await check(page(plain, 9, 0))).toEqual([]);
    expect(await check([...page(plain.slice(4), 8, 0), ...page([1, 0, 0, 0], 1, 0)])).toEqual([]);
    expect(await check([...page([1, 0, 0, 0], 1, 0, { type: 2 }), ...page(indices, 9, 8)])).toEqual([]);
    expect(await check(page([2, 0, 0, 0, 9 << 1, 1, ...plain], 9, 0), { optional: 1 })).toEqual([]);
  });

  it('gives packed pages unpacked', async () => {
    const packed = [...gzipSync(Uint8Array.from(plain))];
    expect(await check(page(packed, 9, 0, { length: 36 }), { codec: 'GZIP' })).toEqual([Uint8Array.from(plain)]);
  });

  it.each<[string, readonly number[], Partial<ColumnFacts>, string]>([
    ['too few values', page(plain, 8, 0), {}, 'file: has 8 values in a column of 9 rows'],
    ['too many', page(plain, 2 ** 30, 0), {}, 'file: has 1073741824 values or more in a column of 9 rows'],
    ['less than none', page(plain, -1, 0), {}, 'has a damaged page header: field 5.1 is -1'],
    ['a run without end', page([2, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 9, 8), {}, 'or damaged runs'],
    ['runs of nothing', page([2, 0, 1, 0, 1, 0, 1], 9, 8), {}, 'or damaged runs'],
    ['more values side by side than there are bytes', page([2, 5, 1], 9, 8), {}, 'or damaged runs'],
    [
      'a level without end',
      page([6, 0, 0, 0, 0xfe, 0xff, 0x7f, 1, ...plain], 9, 0),
      { optional: 2 },
      'or damaged runs',
    ],
    ['no levels', page([1], 9, 0), { optional: 1 }, 'has a page without its levels'],
    ['no indices', page([], 9, 8), {}, 'has a page without its dictionary indices'],
    ['a page longer than the column', page(plain, 9, 0).slice(0, -1), {}, 'is cut short: a page of 36 bytes has fewer'],
    ['a dictionary of nothing', page([1, 2, 3], 1, 0, { type: 2 }), {}, 'has a dictionary of more entries than bytes'],
    ['an index page', page([], 0, 0, { type: 1 }), {}, 'has a page of type 1; data and dictionary pages are read'],
    ['deltas', page(plain, 9, 5), {}, 'has values in encoding 5; plain (0) and dictionary (2, 8) are read'],
    [
      'another packing',
      page(plain, 9, 0),
      { codec: 'BROTLI' },
      'is packed as BROTLI; UNCOMPRESSED, SNAPPY, GZIP, ZSTD are',
    ],
    ['another length', page(plain, 9, 0, { length: 35 }), {}, 'has a page of 36 bytes that says 35'],
    ['vast lengths', page(plain, 9, 0, { length: 2 ** 30 }), { codec: 'ZSTD' }, 'that unpack to more than 16777'],
    [
      'a gzip bomb',
      page([...gzipSync(new Uint8Array(1e6))], 9, 0, { length: 36 }),
      { codec: 'GZIP' },
      'to more than 36',
    ],
    ['what is not packed so', page(plain, 9, 0), { codec: 'SNAPPY' }, 'has a page that cannot be unpacked: '],
  ])('refuses %s', async (_, bytes, facts, message) => {
    await expect(check(bytes, facts)).rejects.toThrow(message);
  });
});
