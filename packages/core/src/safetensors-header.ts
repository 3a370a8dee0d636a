import { show } from './errors';
import { checkByteLength, isDtype, refuse, type SafetensorsDtype } from './safetensors-dtype';

/** One tensor as the header describes it; `begin` and `end` count bytes from the start of the data. */
export interface HeaderEntry {
  dtype: SafetensorsDtype;
  shape: number[];
  begin: number;
  end: number;
}

const maxRank = 32;

// What the values made from a header take of the heap, at most, in V8. Tests hold the reader to it in a heap of that size.
const stringCost = 64;
const textCost = 8; // a byte of text, as UTF-16 in the decoder's buffer, in the literal, in the value
const tensorCost = 768; // its entry, view and place in two maps and the list sorted by offset
const memberCost = 128;
const dimensionCost = 16;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Parses a header by its own grammar, which has no recursion: an object of tensors (`dtype`, `shape`, `data_offsets`,
 * each once) and `__metadata__` (string to string), each name once, whole numbers without sign, fraction or exponent.
 *
 * `JSON.parse` would make several bytes of heap of each byte, keep the last of two equal names, and round integers.
 *
 * @param bytes the header alone
 * @param budget bytes of heap that its values may take
 */
export function parseHeader(
  bytes: Uint8Array,
  budget: number,
): { tensors: Map<string, HeaderEntry>; metadata: Record<string, string> } {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const tensors = new Map<string, HeaderEntry>();
  const metadata: Record<string, string> = Object.create(null);
  let hasMetadata = false;
  let at = 0;
  let where = 'header';
  let left = budget;

  function spend(cost: number): void {
    left -= cost;
    if (left < 0) refuse(`${where}: at byte ${at} the header would take more than ${budget} bytes of memory`);
  }

  function unexpected(expected: string): never {
    const got = at < bytes.length ? show(String.fromCharCode(bytes[at])) : 'its end';
    refuse(`${where}: expected ${expected} at byte ${at} of the header, got ${got}`);
  }

  /** The next byte that is not white space, as a character. */
  function next(): string {
    while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
    return at < bytes.length ? String.fromCharCode(bytes[at]) : '';
  }

  function take(character: string): void {
    if (next() !== character) unexpected(show(character));
    at++;
  }

  function text(): string {
    take('"');
    const start = at - 1;
    while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
    if (at >= bytes.length) refuse(`${where}: the string at byte ${start} of the header does not end`);
    at++;
    spend(stringCost + textCost * (at - start));
    let value: string;
    try {
      value = JSON.parse(utf8.decode(bytes.subarray(start, at)));
    } catch {
      return refuse(`${where}: the string at byte ${start} of the header is not a JSON string in UTF-8`);
    }
    if (/\p{Surrogate}/u.test(value)) refuse(`${where}: the string ${show(value)} has half a surrogate pair`);
    return value;
  }

  function integer(what: string): number {
    next();
    const start = at;
    let value = 0;
    while (bytes[at] >= 0x30 && bytes[at] <= 0x39) {
      value = value * 10 + bytes[at] - 0x30;
      at++;
      if (!Number.isSafeInteger(value)) refuse(`${where}: ${what} at byte ${start} of the header is over 2^53 - 1`);
    }
    if (at === start || (bytes[start] === 0x30 && at > start + 1)) {
      at = start;
      unexpected(`${what}, a whole number >= 0,`);
    }
    return value;
  }

  /** What stands between `open` and `close`, with commas. */
  function list(open: string, close: string, item: (position: number) => void): void {
    take(open);
    if (next() !== close) {
      for (let position = 0; ; position++) {
        item(position);
        if (next() !== ',') break;
        at++;
      }
    }
    if (next() !== close) unexpected(`"," or ${show(close)}`);
    at++;
  }

  function members(member: (name: string) => void): void {
    list('{', '}', () => {
      const name = text();
      take(':');
      member(name);
    });
  }

  function integers(what: string, most: number): number[] {
    const values: number[] = [];
    list('[', ']', (position) => {
      if (position >= most) refuse(`${where}: ${what} has more than ${most} numbers`);
      spend(dimensionCost);
      values.push(integer(`${what}[${position}]`));
    });
    return values;
  }

  function tensor(): HeaderEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    members((name) => {
      if (name === 'dtype' && dtype === undefined) dtype = text();
      else if (name === 'shape' && shape === undefined) shape = integers('shape', maxRank);
      else if (name === 'data_offsets' && offsets === undefined) offsets = integers('data_offsets', 2);
      else refuse(`${where}: ${show(name)} is not dtype, shape or data_offsets, or stands there twice`);
    });
    if (dtype === undefined) return refuse(`${where}: dtype is missing`);
    if (shape === undefined) return refuse(`${where}: shape is missing`);
    if (offsets === undefined) return refuse(`${where}: data_offsets is missing`);
    if (!isDtype(dtype)) return refuse(`${where}: unknown dtype ${show(dtype)}`);
    if (offsets.length !== 2) return refuse(`${where}: data_offsets must be [begin, end], got ${show(offsets)}`);
    const [begin, end] = offsets;
    if (begin > end) refuse(`${where}: data_offsets must not run backwards, got ${show(offsets)}`);
    checkByteLength(where, dtype, shape, end - begin);
    return { dtype, shape, begin, end };
  }

  if (bytes[0] !== 0x7b) unexpected('"{"');
  members((name) => {
    if (name === '__metadata__') {
      if (hasMetadata) refuse('header: __metadata__ stands there twice');
      hasMetadata = true;
      where = '__metadata__';
      members((key) => {
        if (key in metadata) refuse(`__metadata__: the key ${show(key)} stands there twice`);
        spend(memberCost);
        metadata[key] = text();
      });
    } else {
      where = `tensor ${show(name)}`;
      if (tensors.has(name)) refuse(`${where}: the name stands there twice`);
      spend(tensorCost);
      tensors.set(name, tensor());
    }
    where = 'header';
  });
  if (next() !== '') unexpected('nothing but padding');
  return { tensors, metadata };
}
