/** The first `count` primes. */
function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** 32 bits of the fraction of a number. */
const fraction = (value: number) => Math.floor((value - Math.floor(value)) * 2 ** 32) >>> 0;

const constants = Uint32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
const start = Uint32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
const rotate = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** One round of FIPS 180-4 §6.2.2: 64 bytes of `view` at `at` into the state. */
function compress(state: Uint32Array, view: DataView, at: number, schedule: Uint32Array): void {
  for (let t = 0; t < 16; t++) schedule[t] = view.getUint32(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const a = schedule[t - 15];
    const b = schedule[t - 2];
    const sigma0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
    const sigma1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
    schedule[t] = schedule[t - 16] + sigma0 + schedule[t - 7] + sigma1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + sum1 + ((e & f) ^ (~e & g)) + constants[t] + schedule[t]) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] += word;
  });
}

/**
 * SHA-256 (FIPS 180-4) of several arrays of bytes as if they were one, as 64 lower-case hexadecimal digits.
 *
 * For `Batches.hash`, which is read without waiting: `crypto.subtle`, behind core's `sha256`, is asynchronous only. Takes
 * about one second for 100 MB, and no memory beside its input's.
 */
export function sha256Sync(...parts: readonly Uint8Array[]): string {
  const state = start.slice();
  const schedule = new Uint32Array(64);
  const block = new Uint8Array(64);
  const blockView = new DataView(block.buffer);
  let length = 0;
  for (const part of parts) {
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    let at = 0;
    while (at < part.length) {
      const filled = length % 64;
      const taken = Math.min(64 - filled, part.length - at);
      if (taken === 64) {
        compress(state, view, at, schedule);
      } else {
        block.set(part.subarray(at, at + taken), filled);
        if (filled + taken === 64) compress(state, blockView, 0, schedule);
      }
      at += taken;
      length += taken;
    }
  }
  const filled = length % 64;
  block.fill(0, filled);
  block[filled] = 0x80;
  if (filled >= 56) {
    compress(state, blockView, 0, schedule);
    block.fill(0);
  }
  blockView.setBigUint64(56, BigInt(length) * 8n);
  compress(state, blockView, 0, schedule);
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}
