import { FormatError } from '@agoge/core';

/** What a walk over a struct found. */
export interface CompactStruct {
  /** Where it ends. */
  readonly end: number;
  /** Its whole numbers and booleans by field, those of structs in it by `field.field`. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** Structs within structs and lists. */
const deepest = 32;

/**
 * Walks a struct in Thrift's compact protocol, the form of parquet's metadata, and makes sure that it can be read: lists are no
 * longer than the bytes that are left, numbers have no more bytes than their type, nothing is nested without end. A reader that
 * trusts it would make arrays of any length that a file states.
 *
 * @param who the file's name, for messages
 * @param at where it begins
 * @throws FormatError where it is not sound
 * @see Apache Thrift, Thrift Compact protocol encoding
 */
export function compactStruct(who: string, bytes: Uint8Array, at: number): CompactStruct {
  const damaged = (what: string) => new FormatError(who, `has damaged metadata at byte ${at}: ${what}`);
  const numbers = new Map<string, number>();

  const byte = () => {
    if (at >= bytes.length) throw damaged('it is cut short');
    return bytes[at++];
  };
  /** The low 32 bits of a number of at most so many bytes. */
  const varint = (most: number) => {
    let value = 0;
    for (let i = 0; i < most; i++) {
      const next = byte();
      if (i < 5) value |= (next & 0x7f) << (7 * i);
      if (next < 0x80) return value;
    }
    throw damaged(`a number of more than ${most} bytes`);
  };
  const zigzag = (value: number) => (value >>> 1) ^ -(value & 1);
  const skip = (count: number) => {
    if (count < 0 || count > bytes.length - at)
      throw damaged(`${count} bytes were to come, but ${bytes.length - at} do`);
    at += count;
  };

  /** One value; its number, if it is a whole one. */
  function value(type: number, depth: number, path?: string): number | undefined {
    if (depth > deepest) throw damaged('nested without end');
    if (type === 3) return (byte() << 24) >> 24;
    if (type === 4 || type === 5) return zigzag(varint(5));
    if (type === 6) varint(10);
    else if (type === 7) skip(8);
    else if (type === 8) skip(varint(5));
    else if (type === 9) list(depth);
    else if (type === 12) struct(depth + 1, path);
    else throw damaged(`the type ${type}`);
    return undefined;
  }
  function list(depth: number) {
    const head = byte();
    const count = head >> 4 === 15 ? varint(5) : head >> 4;
    if (count < 0 || count > bytes.length - at) throw damaged(`a list of ${count} in ${bytes.length - at} bytes`);
    const type = head & 15;
    // Booleans in lists have a byte each.
    if (type === 1 || type === 2) skip(count);
    else for (let i = 0; i < count; i++) value(type, depth + 1);
  }
  function struct(depth: number, path?: string) {
    for (let field = 0; ; ) {
      const head = byte();
      const type = head & 15;
      if (type === 0) return;
      field = head >> 4 ? field + (head >> 4) : zigzag(varint(5));
      const name = path === undefined ? undefined : `${path}${field}`;
      const found =
        type === 1 || type === 2 ? Number(type === 1) : value(type, depth, depth < 2 ? `${name}.` : undefined);
      if (name !== undefined && found !== undefined) numbers.set(name, found);
    }
  }

  struct(1, '');
  return { end: at, numbers };
}
