import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forChild } from '../test/for-child';

// Headers made to cost memory, each read in a process whose heap may have the file's size plus 64 MiB, and what a bare
// process needs. AGOGE_TEST=full takes the longest header that the format allows.
const megabytes = process.env.AGOGE_TEST === 'full' ? 95 : 24;
const length = megabytes * 1_000_000;
const allowance = 64 + 12;

// Items up to the length asked for (or `most` of them), or one unit over and over, between `start` and `end`.
const attacks = `
const budget = length + 64 * 1024 * 1024;
const many = (start, item, end, most = Infinity) => {
  const bytes = new Uint8Array(length).fill(0x20);
  const put = (text, at) => Buffer.from(bytes.buffer).write(text, at);
  let at = put(start, 0);
  for (let i = 0; i < most && at < length - 200; i++) at += put((i ? ',' : '') + item(i), at);
  put(end, at);
  return bytes;
};
const long = (start, unit, end, most = length) => {
  const bytes = Buffer.alloc(length);
  const used = most - start.length - end.length;
  const whole = used - (used % Buffer.byteLength(unit));
  bytes.fill(0x20, 0).fill(unit, start.length, start.length + whole);
  bytes.write(start, 0);
  bytes.write(end, start.length + whole);
  return bytes;
};
const empty = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
const rank32 = '{"dtype":"U8","shape":[' + '0,'.repeat(31) + '0],"data_offsets":[0,0]}';
const attacks = {
  'many tensors': () => many('{', (i) => '"' + i.toString(36) + '":' + empty, '}'),
  'many tensors of rank 32': () => many('{', (i) => '"' + i.toString(36) + '":' + rank32, '}'),
  'many metadata keys': () => many('{"__metadata__":{', (i) => '"' + i.toString(36) + '":""', '}}'),
  'many equal names': () => many('{', () => '"a":' + empty, '}'),
  'one long name': () => long('{"', 'a', '":' + empty + '}'),
  'long metadata of ASCII': () => long('{"__metadata__":{"a":"', 'a', '"}}'),
  'long metadata of emoji': () => long('{"__metadata__":{"a":"', '\\u{1f600}', '"}}'),
  'long metadata of escapes': () => long('{"__metadata__":{"a":"', '\\\\u00e9', '"}}'),
  'a string without end': () => long('{"', 'a', ''),
  'an endless shape': () => long('{"a":{"dtype":"U8","shape":[', '0,', '0]}}'),
  'nested arrays': () => long('{"a":', '[', '}'),
  'nested objects': () => long('', '{"":', '}'),
  'a long number': () => long('{"a":{"dtype":"U8","shape":[', '9', ']}}'),
  'as many tensors as may be': () => many('{', (i) => '"' + i.toString(36) + '":' + empty, '}', budget / 1500),
  'as many tensors of rank 32 as may be': () => many('{', (i) => '"' + i.toString(36) + '":' + rank32, '}', budget / 2000),
  'as many keys as may be': () => many('{"__metadata__":{', (i) => '"' + i.toString(36) + '":""', '}}', budget / 330),
  'as much emoji as may be': () => long('{"__metadata__":{"a":"', '\\u{1f600}', '"}}', Math.floor(budget / 8 - 100)),
  'as many escapes as may be': () => long('{"__metadata__":{"a":"', '\\\\u1234', '"}}', Math.floor(budget / 8 - 100)),
  'nothing but spaces': () => long('{', ' ', '}'),
};
`;

const scratch = mkdtempSync(join(tmpdir(), 'agoge-memory-'));
const script = join(scratch, 'reader.mjs');
afterAll(() => rmSync(scratch, { recursive: true }));

beforeAll(async () => {
  await forChild(new URL('./safetensors.ts', import.meta.url), scratch, 'safetensors.mjs');
  writeFileSync(
    script,
    `import { readSafetensors } from './safetensors.mjs';
const [attack, reader] = process.argv.slice(2);
const length = ${length};
${attacks}
const header = attacks[attack]();
const bytes = new Uint8Array(8 + header.length);
new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
bytes.set(header, 8);
const start = performance.now();
let answer;
try {
  const read = reader === 'ours' ? readSafetensors : () => JSON.parse(Buffer.from(header).toString());
  const { tensors, metadata } = read(bytes);
  answer = 'read ' + tensors.size + ' tensors, ' + Object.keys(metadata).length + ' keys';
} catch (error) {
  answer = error.name + ': ' + error.message;
}
console.log(JSON.stringify({ answer, seconds: (performance.now() - start) / 1000 }));
`,
  );
});

async function read(attack: string, reader: 'ours' | 'JSON.parse'): Promise<{ answer: string; seconds: number }> {
  const heap = `--max-old-space-size=${megabytes + allowance}`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    heap,
    '--max-semi-space-size=2',
    script,
    attack,
    reader,
  ]);
  return JSON.parse(stdout);
}

describe(`readSafetensors in a heap of ${megabytes} + ${allowance} MB`, () => {
  it.each([
    ['many tensors', /^FormatError: safetensors: .*the header would take more than/],
    ['many tensors of rank 32', /^FormatError: safetensors: .*the header would take more than/],
    ['many metadata keys', /^FormatError: safetensors: .*the header would take more than/],
    ['many equal names', /^FormatError: safetensors: tensor "a": the name stands there twice/],
    ['one long name', /^FormatError: safetensors: header: .*the header would take more than/],
    ['long metadata of ASCII', /^FormatError: safetensors: __metadata__: .*the header would take more than/],
    ['long metadata of emoji', /^FormatError: safetensors: __metadata__: .*the header would take more than/],
    ['long metadata of escapes', /^FormatError: safetensors: __metadata__: .*the header would take more than/],
    ['a string without end', /^FormatError: safetensors: header: the string at byte 1 of the header does not end/],
    ['an endless shape', /^FormatError: safetensors: tensor "a": shape has more than 32 numbers/],
    ['nested arrays', /^FormatError: safetensors: tensor "a": expected "{" at byte 5/],
    ['nested objects', /^FormatError: safetensors: tensor "": /],
    ['a long number', /^FormatError: safetensors: tensor "a": shape\[0\] at byte 28 of the header is over 2\^53 - 1/],
    ['nothing but spaces', /^read 0 tensors, 0 keys/],
    ['as many tensors as may be', /^read \d{5,} tensors, 0 keys/],
    ['as many tensors of rank 32 as may be', /^read \d{5,} tensors, 0 keys/],
    ['as many keys as may be', /^read 0 tensors, \d{6,} keys/],
    ['as much emoji as may be', /^read 0 tensors, 1 keys/],
    ['as many escapes as may be', /^read 0 tensors, 1 keys/],
  ])('%s', async (attack, expected) => {
    const { answer, seconds } = await read(attack, 'ours');
    expect(answer).toMatch(expected);
    expect(seconds).toBeLessThan(10);
  });

  it('is a heap that JSON.parse of such a header does not fit', async () => {
    await expect(read('many tensors', 'JSON.parse')).rejects.toThrow('heap out of memory');
  });
});
