import { isUserError, words } from '@agoge/core';

/** How many mutations a test reads: a share, or all of them with AGOGE_TEST=full. */
export const mutations = process.env.AGOGE_TEST === 'full' ? 100_000 : 1000;

/** What {@link fuzz} found: the messages tell which checks were reached, their numbers and names left out. */
export interface Fuzzed {
  read: number;
  refused: number;
  messages: Map<string, number>;
  /** The most that one reading made the memory of array buffers grow, in bytes. */
  growth: number;
}

/** Numbers that sizes and offsets of damaged files like to be. */
const suspects = [
  0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

/**
 * A damaged copy of one of the files, the same for the same seed: one to four of bits flipped, bytes overwritten, cuts,
 * insertions, repetitions, pieces of another file, sizes of 2, 4 or 8 bytes and decimal numbers in text changed.
 */
export function mutated(files: readonly Uint8Array[], seed: number): Uint8Array {
  const numbers = words({ seed, stream: 'mutation' }, 128);
  let used = 0;
  const below = (limit: number) => (limit <= 0 ? 0 : numbers[used++ % numbers.length] % limit);
  // A copy whatever they are: a Buffer's `slice` is none.
  let bytes = Uint8Array.from(files[below(files.length)]);
  const times = 1 + below(4);
  for (let i = 0; i < times; i++) bytes = changes[below(changes.length)](bytes, below, files);
  return bytes;
}

type Below = (limit: number) => number;
type Change = (bytes: Uint8Array<ArrayBuffer>, below: Below, files: readonly Uint8Array[]) => Uint8Array<ArrayBuffer>;

/** Half of the places lie in the first 256 bytes, where formats keep their sizes. */
const placeIn = (bytes: Uint8Array, below: Below) => below(below(2) === 0 ? Math.min(bytes.length, 256) : bytes.length);

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const flip: Change = (bytes, below) => {
  if (bytes.length > 0) bytes[placeIn(bytes, below)] ^= 1 << below(8);
  return bytes;
};
const overwrite: Change = (bytes, below) => {
  const at = placeIn(bytes, below);
  return bytes.fill(below(256), at, at + 1 + below(64));
};
const poke: Change = (bytes, below) => {
  if (bytes.length > 0) bytes[placeIn(bytes, below)] = below(256);
  return bytes;
};
const cut: Change = (bytes, below) => bytes.slice(0, below(bytes.length + 1));
const remove: Change = (bytes, below) => {
  const at = placeIn(bytes, below);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + below(16)));
};
const insert: Change = (bytes, below) => {
  const at = placeIn(bytes, below);
  const piece = Uint8Array.from({ length: 1 + below(16) }, () => below(256));
  return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
};
const repeat: Change = (bytes, below) => {
  const from = placeIn(bytes, below);
  const to = from + below(Math.min(bytes.length - from, 1024) + 1);
  return joined(bytes.subarray(0, to), bytes.subarray(from));
};
const splice: Change = (bytes, below, files) => {
  const other = files[below(files.length)];
  return joined(bytes.subarray(0, below(bytes.length + 1)), other.subarray(below(other.length + 1)));
};
const size: Change = (bytes, below) => {
  const width = [2, 4, 8][below(3)];
  if (bytes.length < width) return bytes;
  const view = new DataView(bytes.buffer);
  const at = Math.min(placeIn(bytes, below), bytes.length - width);
  const little = below(2) === 0;
  const value = below(2) === 0 ? suspects[below(suspects.length)] : bytes.length + below(9) - 4;
  if (width === 2) view.setUint16(at, value, little);
  else if (width === 4) view.setUint32(at, value, little);
  else view.setBigUint64(at, BigInt(value) << BigInt(below(2) * 20), little);
  return bytes;
};
const decimal: Change = (bytes, below) => {
  const start = placeIn(bytes, below);
  const at = bytes.findIndex((byte, i) => i >= start && byte >= 0x30 && byte <= 0x39);
  if (at === -1) return bytes;
  const text = ['0', '1', '9', '99999999', '4294967296', '9007199254740993', '-1', '1e9'][below(8)];
  return joined(bytes.subarray(0, at), new TextEncoder().encode(text), bytes.subarray(at + 1));
};
const changes: readonly Change[] = [
  flip,
  flip,
  poke,
  overwrite,
  cut,
  remove,
  insert,
  repeat,
  splice,
  size,
  size,
  size,
  decimal,
];

/**
 * Reads damaged copies of small valid files, seeds 0, 1, 2 ...: each is read whole, or refused by an error that speaks to
 * the user; array buffers grow by no more than 4 x its bytes + 64 MiB. Fails with the seed, from which {@link mutated}
 * makes the same bytes again.
 *
 * @param read reads them whole, all images too
 * @param allowance bytes that may be allocated in place of 64 MiB, where a reader may inflate by a limit of its own
 */
export async function fuzz(
  read: (bytes: Uint8Array) => unknown,
  files: readonly Uint8Array[],
  count = mutations,
  allowance = 64 * 2 ** 20,
): Promise<Fuzzed> {
  const found: Fuzzed = { read: 0, refused: 0, messages: new Map(), growth: 0 };
  for (let seed = 0; seed < count; seed++) {
    const bytes = mutated(files, seed);
    const before = process.memoryUsage().arrayBuffers;
    try {
      await read(bytes);
      found.read += 1;
    } catch (error) {
      if (!isUserError(error)) throw new Error(`mutation ${seed}: ${error}`, { cause: error });
      found.refused += 1;
      const message = error.message.replace(/"(\\.|[^"\\])*"/g, '""').replace(/-?\d[\de+.]*/g, '0');
      found.messages.set(message, (found.messages.get(message) ?? 0) + 1);
    }
    const growth = process.memoryUsage().arrayBuffers - before;
    if (growth > 4 * bytes.length + allowance) {
      throw new Error(`mutation ${seed}: ${bytes.length} bytes took ${growth} bytes of memory`);
    }
    found.growth = Math.max(found.growth, growth);
  }
  return found;
}
