import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Progress, words } from '@agoge/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mnist } from '../sets/mnist';
import { namedSets } from '../sets/named-sets';
import { cachedFiles, type FileSet } from './cached-files';
import { fileServer, type Served } from './file-server.fixture';

const bytes = new Uint8Array(words({ seed: 8, stream: 'file' }, 25_000).buffer);
const sum = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

let home: string;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agoge-cache-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(home, { recursive: true, force: true });
});
async function serve(served: Partial<Served> = {}, perSecond?: number) {
  const server = await fileServer({ 'a.bin': { bytes, etag: '"a"', ...served } }, perSecond);
  closing.push(server.close);
  const file = { name: 'a.bin', size: bytes.length, sha256: sum(bytes), urls: [`${server.address}/a.bin`] };
  return { ...server, set: { folder: 'mine', files: [file] } satisfies FileSet };
}
const path = (name = 'a.bin') => join(home, 'mine', name);

describe('cachedFiles', () => {
  it('downloads what is missing, once, and opens what is there', async () => {
    const { set, asked } = await serve();
    const told: Progress[] = [];
    const files = cachedFiles(set, { home, onProgress: (each) => told.push(each) });
    expect(await files.list()).toEqual([]);
    const opened = await files.open({ name: 'a.bin' });
    expect(sum((await opened?.read(0, bytes.length)) ?? new Uint8Array())).toBe(sum(bytes));
    expect(told.at(-1)).toMatchObject({ done: bytes.length, total: bytes.length });
    await cachedFiles(set, { home }).open({ name: 'a.bin' });
    expect(asked).toHaveLength(1);
    expect(await files.list()).toEqual(['a.bin']);
    expect(files.path).toBe(join(home, 'mine'));
  });

  it('opens other files of its folder, and says that there are none', async () => {
    const { set, asked } = await serve();
    await mkdir(path(''), { recursive: true });
    await writeFile(path('b.bin'), bytes);
    const files = cachedFiles(set, { home });
    expect((await files.open({ name: 'b.bin' }))?.length).toBe(bytes.length);
    expect(await files.open({ name: 'c.bin' })).toBeUndefined();
    expect(asked).toEqual([]);
    for (const name of ['../a.bin', '..', '', '.', 'x/../../mine2/a']) {
      await expect(files.open({ name }), name).rejects.toThrow('names no file in');
    }
  });

  it('looks into a file once, as long as nobody changes it', async () => {
    const { set } = await serve();
    const files = cachedFiles(set, { home, download: false });
    await mkdir(path(''), { recursive: true });
    await writeFile(path(), bytes);
    const mtime = new Date(9e11);
    await utimes(path(), mtime, mtime);
    await files.open({ name: 'a.bin' });
    // What was changed behind its back, with length and time as they were, is not seen.
    await writeFile(
      path(),
      bytes.map((byte) => byte ^ 1),
    );
    await utimes(path(), mtime, mtime);
    expect(await files.open({ name: 'a.bin' })).toBeDefined();
    await utimes(path(), mtime, new Date(1e12));
    await expect(files.open({ name: 'a.bin' })).rejects.toThrow(
      `mine: ${path()} has SHA-256 ${sum(bytes.map((byte) => byte ^ 1))}, not ${sum(bytes)}, so it is not the published file`,
    );
    await writeFile(path(), bytes.subarray(1));
    await expect(files.open({ name: 'a.bin' })).rejects.toThrow(`has ${bytes.length - 1} bytes, not ${bytes.length}`);
  });

  it('takes a gzip file packed by another hand, or unpacked, and no other content', async () => {
    const packed = gzipSync(bytes, { level: 1 });
    const unpacked = { sha256: sum(bytes), size: bytes.length };
    const set = { folder: 'mine', files: [{ name: 'a.gz', sha256: sum(packed), size: packed.length, unpacked }] };
    const files = cachedFiles(set, { home });
    await mkdir(path(''), { recursive: true });
    for (const level of [1, 9]) {
      await writeFile(path('a.gz'), gzipSync(bytes, { level }));
      expect(await files.open({ name: 'a.gz' })).toBeDefined();
    }
    for (const other of [gzipSync(bytes.subarray(1)), gzipSync(new Uint8Array(1e7)), packed.subarray(0, 99), bytes]) {
      await writeFile(path('a.gz'), other);
      await expect(files.open({ name: 'a.gz' })).rejects.toThrow('is not the published file');
    }
    await writeFile(path('a'), bytes);
    expect((await files.open({ name: 'a' }))?.length).toBe(bytes.length);
    await writeFile(path('a'), bytes.subarray(1));
    await expect(files.open({ name: 'a' })).rejects.toThrow('is not the published file');
  });

  it('says what to put where, when it may not download', async () => {
    const { asked, set } = await serve();
    const offline = cachedFiles(set, { home, download: false });
    const [{ urls, sha256 }] = set.files;
    const message = `mine: ${join(home, 'mine')} lacks a.bin (100000 bytes, SHA-256 ${sha256}) from ${urls[0]}: put it there`;
    await expect(offline.open({ name: 'a.bin' })).rejects.toThrow(message);
    expect(asked).toEqual([]);
    await expect(cachedFiles('cifar10-jpeg', { home }).open({ name: 'cifar10-jpeg.tar.gz' })).rejects.toThrow(
      'cifar10-jpeg.tar.gz (19429718 bytes, SHA-256 e3d63a2bb5b73a8ee6aaf3b52c3a2787384ef44054e2558fd431a85174b71572), which is published nowhere: put it there',
    );
    await expect(cachedFiles('mnist', { home, download: false }).need(namedSets.mnist.files)).rejects.toThrow(
      /lacks train-images.*from https:.* or http.*; train-labels.*; t10k-images.*; t10k-labels/,
    );
  });

  it('downloads for two calls at once only once', async () => {
    const { set, asked } = await serve({}, 1e6);
    const open = () => cachedFiles(set, { home }).open({ name: 'a.bin' });
    const opened = await Promise.all([open(), open(), open()]);
    expect(opened.map((each) => each?.length)).toEqual([bytes.length, bytes.length, bytes.length]);
    expect(asked).toHaveLength(1);
  });

  it('refuses what is no set, and options that are none', () => {
    expect(() => cachedFiles('fashionMnits')).toThrow(
      'cachedFiles: unknown data set "fashionMnits"; did you mean "fashionMnist"?',
    );
    expect(() => cachedFiles('mnist', { folder: 'x' } as never)).toThrow('cachedFiles: unknown option "folder"');
    expect(() => cachedFiles('mnist', { home: 7 } as never)).toThrow('cachedFiles: home must be a string, got 7');
  });

  it.runIf(process.getuid?.() !== 0)('reads a folder that it may not write, and says so when it must', async () => {
    const { set } = await serve();
    await mkdir(path(''), { recursive: true });
    await chmod(path(''), 0o500);
    await expect(cachedFiles(set, { home }).open({ name: 'a.bin' })).rejects.toThrow(/cannot be written: EACCES/);
    await chmod(path(''), 0o700);
    await writeFile(path(), bytes);
    await chmod(path(''), 0o500);
    expect(await cachedFiles(set, { home }).open({ name: 'a.bin' })).toBeDefined();
    expect(await readdir(path(''))).toEqual(['a.bin']);
    await chmod(path(''), 0o700);
  });
});

const shared = new URL('../../../../../shared/datasets/', import.meta.url).pathname;
it.runIf(existsSync(shared))('finds MNIST packed anew, and refuses it altered (needs ../shared/datasets)', async () => {
  const offline = { home: shared, download: false };
  const data = await mnist({ files: cachedFiles('mnist', offline), split: 'test' });
  expect(data.examples).toBe(10_000);
  await cp(join(shared, 'mnist'), join(home, 'mnist'), { recursive: true });
  const labels = join(home, 'mnist', 't10k-labels-idx1-ubyte.gz');
  const altered = gunzipSync(await readFile(labels));
  altered[9] ^= 1;
  await chmod(join(home, 'mnist'), 0o700);
  await rm(labels);
  await writeFile(labels, gzipSync(altered));
  await expect(mnist({ files: cachedFiles('mnist', { home }), split: 'test' })).rejects.toThrow(
    'not the published file',
  );
});
