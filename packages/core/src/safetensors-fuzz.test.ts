import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError } from './errors';
import { philox } from './random';
import { readSafetensors, writeSafetensors } from './safetensors';
import { isDtype, type SafetensorsDtype, type SafetensorsEntry } from './safetensors-dtype';

// Mutated files, each read by readSafetensors and by `accepts` below, which knows the format through JSON.parse alone.
// AGOGE_TEST=full reads 120,000, else 6,000.
const count = process.env.AGOGE_TEST === 'full' ? 120_000 : 6_000;

/** Whole numbers from a key: the same file for the same number, whichever run it is in. */
class Dice {
  private readonly block = new Uint32Array(4);
  private drawn = 0;
  constructor(private readonly key: number) {}
  below(limit: number): number {
    if (this.drawn % 4 === 0) philox([this.drawn / 4, 0, 0, 0], [this.key, 0xf022], this.block);
    return this.block[this.drawn++ % 4] % limit;
  }
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function entry(dtype: SafetensorsDtype, shape: number[], length: number): SafetensorsEntry {
  return { dtype, shape, data: Uint8Array.from({ length }, (_, i) => i) };
}

const seeds: Uint8Array[] = [
  writeSafetensors([]),
  writeSafetensors([['w', entry('F32', [2, 3], 24)]]),
  writeSafetensors(
    [
      ['w', entry('F32', [], 4)],
      ['b', entry('U8', [0], 0)],
      ['c', entry('BOOL', [3], 3)],
    ],
    { format: 'pt' },
  ),
  writeSafetensors(
    [
      ['conv1.weight', entry('F32', [2, 1, 3, 3], 72)],
      ['conv1.bias', entry('F16', [2], 4)],
      ['größe 😀 "\\', entry('I64', [2], 16)],
      ['__proto__', entry('F64', [1, 1], 8)],
      ['empty', entry('BF16', [4, 0], 0)],
    ],
    { format: 'pt', 'a "key"': 'line\nline', constructor: 'x' },
  ),
  writeSafetensors(Array.from({ length: 40 }, (_, i) => [`layer${i}`, entry('I32', [i % 3, 2], (i % 3) * 8)] as const)),
];
const golden = new URL('../../../../shared/golden/lenet5_clntrained.safetensors', import.meta.url);
if (existsSync(golden)) {
  const { tensors, metadata } = readSafetensors(readFileSync(golden));
  seeds.push(
    writeSafetensors(
      [...tensors].filter(([name]) => name.endsWith('bias')),
      metadata,
    ),
  );
}

const fragments = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  ' ',
  '\n',
  '\0',
  '0',
  '1',
  '-1',
  '1.5',
  '1e3',
  '1e999',
  '00',
  'null',
  'true',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551616',
  '"__metadata__":{}',
  '"__metadata__":{"a":"b"},',
  '"__proto__":',
  '"dtype"',
  '"F32"',
  '"F64"',
  '"U8"',
  '"F4"',
  '"shape":[]',
  '"shape":[2,2]',
  '"data_offsets":[0,0]',
  '"data_offsets":[0,4]',
  '"\\ud800"',
  '"\\u0077"',
  '[[[[',
  '{"a":{"a":',
  '\ufeff',
  '😀',
  '"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},',
  '"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},',
];
const lengths = [
  0n,
  1n,
  2n,
  7n,
  8n,
  100_000_000n,
  100_000_001n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

function headerLength(file: Uint8Array): number {
  if (file.length < 8) return 0;
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  return length > BigInt(file.length - 8) ? file.length - 8 : Number(length);
}

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The file with another header, and the length that it then has. */
function withHeader(file: Uint8Array, edit: (header: Uint8Array) => Uint8Array): Uint8Array {
  const end = 8 + headerLength(file);
  const header = edit(file.subarray(8, end));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return join(length, header, file.subarray(end));
}

/** `bytes` with up to 16 of them from `at` on replaced. */
function replaced(dice: Dice, bytes: Uint8Array, insert: Uint8Array): Uint8Array {
  const at = dice.below(bytes.length + 1);
  return join(bytes.subarray(0, at), insert, bytes.subarray(at + dice.of([0, 0, 1, 2, dice.below(16)])));
}

const mutations: ((file: Uint8Array, dice: Dice) => Uint8Array)[] = [
  function flipBit(file, dice) {
    const bytes = file.slice();
    if (bytes.length) bytes[dice.below(bytes.length)] ^= 1 << dice.below(8);
    return bytes;
  },
  function flipHeaderBit(file, dice) {
    return withHeader(file, (header) => mutations[0](header, dice));
  },
  function cut(file, dice) {
    return file.slice(0, dice.below(file.length + 1));
  },
  function growOrShrinkData(file, dice) {
    return dice.below(2) ? join(file, new Uint8Array(1 + dice.below(9))) : file.slice(0, -1 - dice.below(9));
  },
  function setLength(file, dice) {
    const bytes = file.slice();
    if (bytes.length < 8) return bytes;
    const near = BigInt(Math.max(0, headerLength(file) + dice.below(17) - 8));
    new DataView(bytes.buffer).setBigUint64(0, dice.of([near, near, dice.of(lengths)]), true);
    return bytes;
  },
  function insertInHeader(file, dice) {
    return withHeader(file, (header) => replaced(dice, header, encoder.encode(dice.of(fragments))));
  },
  function changeNumber(file, dice) {
    return withHeader(file, (header) => {
      const text = Buffer.from(header).toString('latin1');
      const numbers = [...text.matchAll(/\d+/g)];
      if (numbers.length === 0) return header;
      const found = dice.of(numbers);
      const near = String(Math.max(0, Number(found[0]) + dice.below(9) - 4));
      const value = dice.of([near, near, dice.of(fragments)]);
      const edited = text.slice(0, found.index) + value + text.slice(found.index + found[0].length);
      return Uint8Array.from(Buffer.from(edited, 'latin1'));
    });
  },
  function swapStrings(file, dice) {
    return withHeader(file, (header) => {
      const text = Buffer.from(header).toString('latin1');
      const strings = [...text.matchAll(/"[^"]*"/g)].map(([each]) => each);
      if (strings.length === 0) return header;
      const edited = text.replace(dice.of(strings), () => dice.of(strings));
      return Uint8Array.from(Buffer.from(edited, 'latin1'));
    });
  },
  function reorderTensors(file, dice) {
    return withHeader(file, (header) => {
      try {
        const members = Object.entries(JSON.parse(decoder.decode(header)));
        members.push(...members.splice(0, dice.below(members.length + 1)));
        const pad = ' '.repeat(dice.below(9));
        return encoder.encode(JSON.stringify(Object.fromEntries(members), null, dice.below(3)) + pad);
      } catch {
        return header;
      }
    });
  },
  function splice(file, dice) {
    const other = dice.of(seeds);
    return join(file.subarray(0, dice.below(file.length + 1)), other.subarray(dice.below(other.length + 1)));
  },
  function spliceHeaders(file, dice) {
    const other = dice.of(seeds);
    const foreign = other.subarray(8, 8 + headerLength(other));
    const from = dice.below(foreign.length + 1);
    return withHeader(file, (header) => replaced(dice, header, foreign.slice(from, from + dice.below(80))));
  },
];

/** The format's rules as plainly as they can be said; JSON.parse hides doubled keys, so they are counted apart. */
function accepts(file: Uint8Array): boolean {
  if (file.length < 8) return false;
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > 100_000_000n || length > BigInt(file.length - 8)) return false;
  const dataLength = file.length - 8 - Number(length);
  let members: [string, unknown][];
  let keys = 0;
  try {
    const text = decoder.decode(file.subarray(8, 8 + Number(length)));
    const parsed = JSON.parse(text);
    if (text[0] !== '{' || /\p{Surrogate}/u.test(JSON.stringify(parsed).replace(/\\u(d[89a-f]..)/g, '\ud800')))
      return false;
    if (/[[,]\s*(-|\d*[.eE])/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""'))) return false;
    keys = [...text.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(/:/g)].length;
    members = Object.entries(parsed);
  } catch {
    return false;
  }
  keys -= members.length;
  const spans: [number, number][] = [];
  for (const [name, member] of members) {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return false;
    keys -= Object.keys(member).length;
    if (name === '__metadata__') {
      if (!Object.values(member).every((value) => typeof value === 'string')) return false;
      continue;
    }
    if (Object.keys(member).sort().join() !== 'data_offsets,dtype,shape') return false;
    const { dtype, shape, data_offsets: span } = member as Record<string, unknown>;
    const whole = (list: unknown): list is number[] => Array.isArray(list) && list.every(Number.isSafeInteger);
    if (typeof dtype !== 'string' || !isDtype(dtype) || !whole(shape) || !whole(span) || span.length !== 2)
      return false;
    const bits = dtype === 'BOOL' ? 8 : Number(dtype.match(/\d+/));
    const size = shape.reduce((product, each) => product * BigInt(each), BigInt(bits / 8));
    if (shape.length > 32 || size !== BigInt(span[1] - span[0])) return false;
    spans.push([span[0], span[1]]);
  }
  spans.sort(([a, b], [c, d]) => a - c || b - d);
  return keys === 0 && spans.reduce((at, [begin, end]) => (begin === at ? end : Number.NaN), 0) === dataLength;
}

describe('readSafetensors and mutated files', () => {
  it(`${count} of them: a FormatError or a whole result, as the format says, in little memory`, {
    timeout: 600_000,
  }, () => {
    const tally = { accepted: 0, refused: 0 };
    const reasons = new Set<string>();
    let mostHeap = 0;
    let slowest = 0;
    const start = performance.now();
    for (let number = 0; number < count; number++) {
      const dice = new Dice(number);
      let file = dice.of(seeds);
      for (let left = 1 + dice.below(3); left > 0; left--) file = dice.of(mutations)(file, dice);
      const expected = accepts(file);

      const heap = process.memoryUsage().heapUsed;
      const begin = performance.now();
      let got: ReturnType<typeof readSafetensors> | undefined;
      let error: unknown;
      try {
        got = readSafetensors(file);
      } catch (thrown) {
        error = thrown;
      }
      slowest = Math.max(slowest, performance.now() - begin);
      mostHeap = Math.max(mostHeap, process.memoryUsage().heapUsed - heap);

      if (got === undefined) {
        if (!(error instanceof FormatError) || expected) throw new Error(`file ${number}: ${error}`, { cause: error });
        reasons.add(error.message.replace(/"(\\.|[^"\\])*"|[\d, ]+/g, '*'));
        tally.refused++;
        continue;
      }
      if (!expected) throw new Error(`file ${number} was read`);
      tally.accepted++;
      let covered = 8 + headerLength(file);
      for (const { data } of got.tensors.values()) {
        expect(data.buffer).toBe(file.buffer);
        covered += data.length;
      }
      expect(covered).toBe(file.length);
      const again = readSafetensors(writeSafetensors(got.tensors, got.metadata));
      expect(new Map([...again.tensors].sort())).toEqual(new Map([...got.tensors].sort()));
      expect(again.metadata).toEqual(got.metadata);
    }
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `safetensors: ${count} mutated files in ${seconds.toFixed(1)} s: ${tally.accepted} read, ${tally.refused} refused ` +
        `for ${reasons.size} reasons; slowest ${slowest.toFixed(1)} ms, most heap for one ${(mostHeap / 2 ** 20).toFixed(2)} MiB, ` +
        `peak RSS of the process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
    );
    expect(tally.accepted).toBeGreaterThan(count / 100);
    expect(tally.refused).toBeGreaterThan(count / 2);
    expect(reasons.size).toBeGreaterThan(30);
    expect(mostHeap).toBeLessThan(8 * 2 ** 20);
    expect(slowest).toBeLessThan(1000);
  });
});
