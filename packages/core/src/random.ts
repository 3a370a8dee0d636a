import { checkValue, integer } from './options';

/**
 * The key of a stream of random numbers: the same numbers for the same key, whatever the batch, order or worker.
 * `seed` and `index` are integers from 0 to 2^53 - 1; `stream` names the use (`pgd/start/0`).
 */
export interface RandomKey {
  seed: number;
  /** The absolute example number, 0 where there is none. */
  index?: number;
  stream: string;
}

const wholeNumber = integer({ min: 0 });
// Signed, as all words are on the way: beyond 2^31 JavaScript's engine computes in floating point.
const multiplier0 = 0xd2511f53 | 0;
const multiplier1 = 0xcd9e8d57 | 0;
const weyl0 = 0x9e3779b9 | 0;
const weyl1 = 0xbb67ae85 | 0;

/** High 32 bits of a 32 x 32 bit product: of its four partial products, each of which a 32-bit word holds. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const left = Math.imul(aHigh, bLow);
  const right = Math.imul(aLow, bHigh);
  const carry = ((left & 0xffff) + (right & 0xffff) + (Math.imul(aLow, bLow) >>> 16)) >>> 16;
  return (Math.imul(aHigh, bHigh) + (left >>> 16) + (right >>> 16) + carry) | 0;
}

/**
 * Philox4x32-10: four random words from a counter of four and a key of two, written to `out` at `at`.
 *
 * J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
 */
export function philox(counter: ArrayLike<number>, key: ArrayLike<number>, out: Uint32Array, at = 0): void {
  let c0 = counter[0] | 0;
  let c1 = counter[1] | 0;
  let c2 = counter[2] | 0;
  let c3 = counter[3] | 0;
  let k0 = key[0] | 0;
  let k1 = key[1] | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0);
    const high1 = mulHigh(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + weyl0) | 0;
    k1 = (k1 + weyl1) | 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** FNV-1a of a stream's name, over UTF-16 code units. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Uniform 32-bit words.
 *
 * Philox4x32-10 with key = seed (low word, high word + the example's) and counter = (block, stream's hash, example's low
 * word, 0), so streams of different seeds, examples and names do not meet.
 *
 * @param key what the words belong to
 * @param length how many
 */
export function words({ seed, index = 0, stream }: RandomKey, length: number): Uint32Array {
  checkValue('random', 'seed', seed, wholeNumber);
  checkValue('random', 'index', index, wholeNumber);
  const out = new Uint32Array(Math.ceil(length / 4) * 4);
  const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
  const counter = [0, hashName(stream), index % 2 ** 32, Math.floor(index / 2 ** 32)];
  for (let block = 0; block * 4 < length; block++) {
    counter[0] = block;
    philox(counter, key, out, block * 4);
  }
  return out.subarray(0, length);
}

/** A number of each word. `Float32Array.from` with a mapping takes five times as long. */
function fromWords(key: RandomKey, length: number, of: (word: number) => number): Float32Array {
  const bits = words(key, length);
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) out[i] = of(bits[i]);
  return out;
}

/** Uniform numbers in `[low, high)`, of 24 random bits each. */
export function uniform(key: RandomKey, length: number, low = 0, high = 1): Float32Array {
  return fromWords(key, length, (word) => low + (high - low) * ((word >>> 8) * 2 ** -24));
}

/** Standard normal numbers, by Box and Muller's transform of two words each pair. */
export function normal(key: RandomKey, length: number): Float32Array {
  const bits = words(key, length + (length % 2));
  const out = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log((bits[i] + 0.5) * 2 ** -32));
    const angle = 2 * Math.PI * (bits[i + 1] * 2 ** -32);
    out[i] = radius * Math.cos(angle);
    if (i + 1 < length) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/** -1 or 1, each with probability one half. */
export function signs(key: RandomKey, length: number): Float32Array {
  return fromWords(key, length, (word) => (word & 1 ? 1 : -1));
}

/** Numbers of the exponential distribution with mean 1, by inversion. */
export function exponential(key: RandomKey, length: number): Float32Array {
  return fromWords(key, length, (word) => -Math.log((word + 0.5) * 2 ** -32));
}

/** A permutation of 0 .. length - 1: Fisher and Yates's shuffle, without modulo bias. */
export function permutation(key: RandomKey, length: number): Uint32Array {
  checkValue('permutation', 'length', length, integer({ min: 0, max: 2 ** 32 - 1 }));
  const order = Uint32Array.from({ length }, (_, i) => i);
  const below = drawBelow(key, length);
  for (let i = length - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Draws integers in `[0, n)` one after another, rejecting the words that would favour small ones. */
function drawBelow(key: RandomKey, expected: number): (n: number) => number {
  let drawn = words(key, expected);
  let at = 0;
  let refills = 0;
  const next = () => {
    if (at === drawn.length) {
      drawn = words({ ...key, stream: `${key.stream}/${++refills}` }, Math.max(expected, 4));
      at = 0;
    }
    return drawn[at++];
  };
  return (n) => {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = next();
    while (word >= limit) word = next();
    return word % n;
  };
}

/**
 * Random numbers for a batch: one stream per example, one after another.
 *
 * @param draw {@link uniform}, {@link normal}, {@link signs} or the like
 * @param index absolute numbers of the examples
 * @param length numbers per example
 * @returns `index.length * length` numbers
 */
export function perExample(
  draw: (key: RandomKey, length: number) => Float32Array,
  { seed, stream }: Omit<RandomKey, 'index'>,
  index: Float64Array,
  length: number,
): Float32Array {
  const out = new Float32Array(index.length * length);
  index.forEach((example, i) => {
    out.set(draw({ seed, index: example, stream }, length), i * length);
  });
  return out;
}
