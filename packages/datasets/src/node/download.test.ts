import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Progress, words } from '@agoge/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataFile } from '../bytes/data-files';
import { type DownloadOptions, download } from './download';
import { fileServer, type Served } from './file-server.fixture';

const bytes = new Uint8Array(words({ seed: 8, stream: 'file' }, 50_000).buffer); // 200,000 bytes
const sum = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const sha256 = sum(bytes);

let folder: string;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-download-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

async function serve(...files: Served[]) {
  const server = await fileServer(Object.fromEntries(files.map((file, i) => [`${i}/data.bin`, file])));
  closing.push(server.close);
  const file: DataFile = {
    name: 'data.bin',
    size: bytes.length,
    sha256,
    urls: files.map((_, i) => `${server.address}/${i}/data.bin`),
  };
  return { ...server, file };
}
const get = (file: DataFile, options: DownloadOptions = {}) =>
  download('test', file, join(folder, 'data.bin'), { pauses: [1, 1, 1], stall: 20_000, ...options });
const got = async () => sum(await readFile(join(folder, 'data.bin')));
const wrong = Uint8Array.from(bytes, (byte, i) => (i === 70_000 ? byte ^ 1 : byte));

describe('download', () => {
  it('brings a file, with its progress, and leaves nothing else', async () => {
    const { file, asked } = await serve({ bytes, etag: '"a"' });
    const told: Progress[] = [];
    await get(file, { onProgress: (progress) => told.push(progress) });
    expect(await got()).toBe(sha256);
    expect(await readdir(folder)).toEqual(['data.bin']);
    expect(asked).toEqual([{ path: '/0/data.bin', range: undefined, ifRange: undefined, sent: bytes.length }]);
    expect(told.at(-1)).toMatchObject({
      done: 200_000,
      total: 200_000,
      note: expect.stringContaining('data.bin from 127'),
    });
    expect(told.every(({ done }, i) => i === 0 || done > told[i - 1].done)).toBe(true);
  });

  it.each([
    [{ etag: '"a"' }, '"a"'],
    [{ lastModified: 'Sun, 06 Nov 1994 08:49:37 GMT' }, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [{ etag: 'W/"weak"' }, undefined],
  ])('after a break asks for the rest alone, %o', async (state, ifRange) => {
    const { file, asked } = await serve({
      bytes,
      ...state,
      troubles: [{ breakAfter: 80_000 }, { breakAfter: 50_000 }],
    });
    await get(file);
    expect(await got()).toBe(sha256);
    const [, second, third] = asked.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
    expect([second, third].every((from, i) => from > 0 && from <= [80_000, 130_000][i])).toBe(true);
    expect(asked.map((each) => each.ifRange)).toEqual([undefined, ifRange, ifRange]);
    // What a break loses is what was still on its way.
    expect(asked[2].sent).toBe(bytes.length - third);
  });

  it('starts anew where the server knows no ranges', async () => {
    const { file, asked } = await serve({ bytes, ranges: false, etag: '"a"', troubles: [{ breakAfter: 80_000 }] });
    await get(file);
    expect(await got()).toBe(sha256);
    expect(asked.map(({ sent }) => sent)).toEqual([80_000, 200_000]);
  });

  it('starts anew where the file on the server has changed', async () => {
    const served: Served = { bytes: wrong, etag: '"old"', troubles: [{ breakAfter: 80_000 }] };
    const { file, asked } = await serve(served);
    await expect(get(file, { pauses: [] })).rejects.toThrow('could not be downloaded');
    Object.assign(served, { bytes, etag: '"new"' });
    await get(file);
    expect(await got()).toBe(sha256);
    expect(asked[1]).toMatchObject({ ifRange: '"old"', sent: bytes.length });
  });

  it('starts anew where two states of a file have met unnoticed', async () => {
    const served: Served = { bytes: wrong, troubles: [{ breakAfter: 80_000 }] };
    const { file, asked } = await serve(served);
    await expect(get(file, { pauses: [] })).rejects.toThrow('could not be downloaded');
    served.bytes = bytes;
    await get(file);
    expect(await got()).toBe(sha256);
    expect(asked[1].range).toMatch(/^bytes=\d+-$/);
    expect(asked[2]).toMatchObject({ range: undefined, sent: bytes.length });
  });

  it('starts anew where nothing would tell two states apart', async () => {
    const { file, asked } = await serve({ bytes, troubles: [{ breakAfter: 80_000 }] });
    await get({ ...file, sha256: undefined });
    expect(asked[1].range).toBeUndefined();
    expect(await got()).toBe(sha256);
  });

  it('goes to the next address after 404, a wrong checksum, another length, too much, silence, and what stays broken', async () => {
    const broken = Array.from({ length: 9 }, () => ({ status: 503 }));
    const { file, asked } = await serve(
      { bytes, troubles: [{ status: 404 }] },
      { bytes: wrong },
      { bytes: bytes.subarray(0, 100_000) },
      { bytes: new Uint8Array(300_000), length: false },
      { bytes, troubles: broken },
      { bytes },
    );
    await get(file);
    expect(await got()).toBe(sha256);
    expect(asked.map(({ path }) => Number(path[1]))).toEqual([0, 1, 2, 3, 4, 4, 4, 4, 5]);
    expect(asked[2].sent).toBeLessThanOrEqual(100_000);
  });

  it('goes on at another address with what the first one gave', async () => {
    const { file, asked } = await serve(
      { bytes, etag: '"a"', troubles: [{ breakAfter: 80_000 }, ...Array.from({ length: 5 }, () => ({ status: 500 }))] },
      { bytes, etag: '"b"' },
    );
    await get(file);
    expect(await got()).toBe(sha256);
    expect(asked.at(-1)).toMatchObject({ path: '/1/data.bin', ifRange: undefined });
    expect(asked.at(-1)?.sent).toBeLessThan(bytes.length);
  });

  it('says of every address what it answered, and keeps nothing wrong', async () => {
    const { file, address } = await serve(
      { bytes: wrong },
      { bytes: bytes.subarray(0, 9) },
      { bytes, troubles: [{ status: 403 }] },
    );
    await expect(get({ ...file, urls: [...(file.urls ?? []), 'http://127.0.0.1:1/x'] })).rejects.toThrow(
      `test: data.bin could not be downloaded: ${address}/0/data.bin has SHA-256 ${sum(wrong)}, not ${sha256}; ` +
        `${address}/1/data.bin has 9 bytes, not 200000; ${address}/2/data.bin answered 403; http://127.0.0.1:1/x fetch failed`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives up a server that falls silent, and takes up what it sent', async () => {
    const { file, asked } = await serve({ bytes, etag: '"a"', troubles: [{ silentAfter: 80_000 }] });
    await get(file);
    expect(await got()).toBe(sha256);
    expect(asked[1].range).toBe('bytes=80000-');
    const silent = await serve({ bytes, troubles: Array.from({ length: 9 }, () => ({ silentAfter: 0 })) });
    await rm(join(folder, 'data.bin'));
    await expect(get(silent.file, { stall: 20 })).rejects.toThrow('sent nothing for 0.02 s');
  });

  it('tries again as long as something new comes, and not for ever', async () => {
    const every = Array.from({ length: 8 }, () => ({ breakAfter: 22_000 }));
    const { file, asked } = await serve({ bytes, etag: '"a"', troubles: every });
    await get(file, { pauses: [1, 1] });
    expect(asked).toHaveLength(9);
    expect(asked.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(2 * bytes.length);
    await rm(join(folder, 'data.bin'));
    const same = await serve({
      bytes,
      ranges: false,
      troubles: Array.from({ length: 50 }, () => ({ breakAfter: 16_384 })),
    });
    await expect(get(same.file)).rejects.toThrow('could not be downloaded');
    expect(same.asked.length).toBeLessThan(12);
  });

  it('takes up a part that is whole already, asking nothing', async () => {
    const { file, asked } = await serve({ bytes });
    await writeFile(join(folder, '.data.bin.part'), bytes);
    await get(file);
    expect(await got()).toBe(sha256);
    expect(asked).toEqual([]);
    await rm(join(folder, 'data.bin'));
    await writeFile(join(folder, '.data.bin.part'), new Uint8Array(300_000));
    await writeFile(join(folder, '.data.bin.part.json'), '{"url"');
    await get(file);
    expect(await got()).toBe(sha256);
  });

  it('stops when it is told to, keeps what came, and takes it up', async () => {
    const { file, asked } = await serve({ bytes, etag: '"a"' });
    const controller = new AbortController();
    const onProgress = ({ done }: Progress) => done > 50_000 && controller.abort(new Error('enough'));
    await expect(get(file, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
    expect(existsSync(join(folder, 'data.bin'))).toBe(false);
    await get(file);
    expect(await got()).toBe(sha256);
    expect(Number(asked[1].range?.slice(6, -1))).toBeGreaterThan(50_000);
  });

  it.runIf(existsSync('/dev/full'))('says so when the disk is full, and asks no other address', async () => {
    const { file, asked } = await serve({ bytes }, { bytes });
    await symlink('/dev/full', join(folder, '.data.bin.part'));
    await expect(get(file)).rejects.toThrow(/^test: .*\.data\.bin\.part cannot be written: ENOSPC/);
    expect(asked).toHaveLength(1);
  });

  it.runIf(process.getuid?.() !== 0)('says so where it may not write', async () => {
    const { file } = await serve({ bytes });
    await chmod(folder, 0o500);
    await expect(get(file)).rejects.toThrow(/^test: .* cannot be written: EACCES/);
    await chmod(folder, 0o700);
  });
});
