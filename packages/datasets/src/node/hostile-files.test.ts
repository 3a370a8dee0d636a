import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deflateSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { build, defaultServerConditions } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32 } from '../bytes/crc-32';
import { tarOf } from '../bytes/tar.fixture';
import { zipOf } from '../bytes/zip.fixture';

const joined = (...parts: (Uint8Array | readonly number[])[]) => new Uint8Array(Buffer.concat(parts.map(Buffer.from)));
const u32 = (value: number, little = false) => {
  const bytes = Buffer.alloc(4);
  if (little) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
};

function png(width: number, height: number, ...chunks: [type: string, data: Uint8Array][]): Uint8Array {
  const header: [string, Uint8Array] = ['IHDR', joined(u32(width), u32(height), [8, 2, 0, 0, 0])];
  const all = [header, ...chunks, ['IEND', new Uint8Array()] as const].map(([type, data]) => {
    const body = joined(Buffer.from(type), data);
    return joined(u32(data.length), body, u32(crc32(body)));
  });
  return joined([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], ...all);
}
const pixels = deflateSync(new Uint8Array(10 * 31));

const quick = { level: 1 };

/** Small files that unpack to so many bytes, by kind. */
const bombs: Readonly<Record<string, (size: number) => Uint8Array>> = {
  'longer.idx.gz': (size) =>
    gzipSync(joined([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2], new Uint8Array(size)), quick),
  'says-so.npz': (size) =>
    zipOf([{ name: 'image.npy', data: new Uint8Array(size), method: 8, says: { crc: 0 } }, { name: 'label.npy' }]),
  'says-little.npz': (size) =>
    zipOf([
      { name: 'image.npy', data: new Uint8Array(size), method: 8, says: { size: 1000, crc: 0 } },
      { name: 'label.npy' },
    ]),
  'another.tar.gz': (size) => gzipSync(tarOf({ name: 'another', data: new Uint8Array(size) }), quick),
  'element.mat': (size) => {
    const head = readFileSync(new URL('../../test/golden/binary/svhn.mat', import.meta.url)).subarray(0, 128);
    const body = deflateSync(joined(u32(14, true), u32(size, true), new Uint8Array(size)), quick);
    return joined(head, u32(15, true), u32(body.length, true), body);
  },
  'page.parquet': (size) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'image', data: [new Uint8Array(size)], type: 'BYTE_ARRAY' },
          { name: 'label', data: [0], type: 'INT32' },
        ],
        codec: 'GZIP',
        compressors: { GZIP: (input) => gzipSync(input, quick) },
      }),
    ),
  'vast.png': (size) => png(size / 1024, 30_000, ['IDAT', pixels]),
  'longer.png': (size) => png(10, 10, ['IDAT', deflateSync(new Uint8Array(size), quick)]),
  'text.png': (size) =>
    png(10, 10, ['zTXt', joined(Buffer.from('a\0\0'), deflateSync(new Uint8Array(size), quick))], ['IDAT', pixels]),
};

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Linux alone lets a process set its peak back. */
const tells = existsSync('/proc/self/clear_refs');

describe.runIf(tells)('a process with 64 MB for its objects (needs /proc)', () => {
  let folder: string;
  beforeAll(async () => {
    // Where its imports are found.
    folder = await mkdtemp(join(root, 'node_modules', '.hostile-'));
    await build({
      configFile: false,
      logLevel: 'error',
      root,
      ssr: { resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
      build: { ssr: join(root, 'test/read-hostile.ts'), outDir: folder, emptyOutDir: false },
    });
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const each of ['small', 'large']) await mkdir(join(folder, each));
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function reading(...paths: string[]): Promise<{ outcome: string; growth: number }> {
    const argv = ['--max-old-space-size=64', '--expose-gc', join(folder, 'read-hostile.js'), ...paths];
    return JSON.parse((await promisify(execFile)(process.execPath, argv, { timeout: 60_000 })).stdout);
  }

  it('is seen to grow when it does', async () => {
    const [file, empty] = [join(folder, 'large', 'file.whole'), join(folder, 'small', 'file.whole')];
    await writeFile(file, new Uint8Array(2 ** 26));
    await writeFile(empty, '');
    const { outcome, growth } = await reading(file, empty);
    expect(outcome).toBe('read');
    // Memory that was free before is no growth.
    expect(growth).toBeGreaterThan(0.75 * 2 ** 26);
    expect(growth).toBeLessThan(2 * 2 ** 26);
  });

  it.each(Object.entries(bombs))('reads or refuses %s within 4 x its bytes + 64 MiB', async (name, bomb) => {
    const small = join(folder, 'small', name);
    const large = join(folder, 'large', name);
    const bytes = bomb(2 ** 27);
    await writeFile(small, bomb(2 ** 14));
    await writeFile(large, bytes);
    const { outcome, growth } = await reading(large, small);
    expect(outcome).toMatch(/^(read$|FormatError: )/);
    expect(bytes.length).toBeLessThan(2 ** 20);
    expect(growth).toBeLessThan(4 * bytes.length + 64 * 2 ** 20);
  });
});
