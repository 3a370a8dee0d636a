import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { words } from '@agoge/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cachedFiles, type FileSet } from './cached-files';
import { fileServer } from './file-server.fixture';

const program = new URL('../../../attacks/test/program.mjs', import.meta.url).pathname;
const downloads = new URL('../../test/download-program.ts', import.meta.url).pathname;
const bytes = new Uint8Array(words({ seed: 8, stream: 'file' }, 250_000).buffer); // 1,000,000 bytes
const sum = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

let home: string;
let server: Awaited<ReturnType<typeof fileServer>>;
let set: FileSet;
const children: ChildProcess[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agoge-processes-'));
  server = await fileServer({ 'a.bin': { bytes, etag: '"a"' } }, 1e6);
  const urls = [`${server.address}/a.bin`];
  set = { folder: 'mine', files: [{ name: 'a.bin', size: bytes.length, sha256: sum(bytes), urls }] };
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await server.close();
  await rm(home, { recursive: true, force: true });
});

/** Downloads in a process of its own. */
function start(): ChildProcess {
  const child = fork(program, [downloads, 'downloadProgram', home, JSON.stringify(set)], { execArgv: [] });
  children.push(child);
  return child;
}
const ended = async (child: ChildProcess) => (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
const got = async () => sum(await readFile(join(home, 'mine', 'a.bin')));

it('two processes that are started together download once', async () => {
  const both = [start(), start()];
  expect(await Promise.all(both.map(ended))).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(server.asked.map(({ sent }) => sent)).toEqual([bytes.length]);
  expect(await got()).toBe(sum(bytes));
  expect((await readdir(join(home, 'mine'))).sort()).toEqual(['.a.bin.checked.json', 'a.bin']);
});

it('what a killed process had is taken up by the next, at once', async () => {
  const child = start();
  child.on('message', (done) => Number(done) > 400_000 && child.kill('SIGKILL'));
  expect(await ended(child)).toEqual([null, 'SIGKILL']);
  expect((await readdir(join(home, 'mine'))).sort()).toEqual(['.a.bin.lock', '.a.bin.part', '.a.bin.part.json']);
  await cachedFiles(set, { home }).open({ name: 'a.bin' });
  expect(await got()).toBe(sum(bytes));
  const [, rest] = server.asked;
  expect(Number(rest.range?.slice('bytes='.length, -1))).toBeGreaterThan(400_000);
  expect(rest).toMatchObject({ ifRange: '"a"' });
  expect(rest.sent).toBeLessThan(600_000);
  expect((await readdir(join(home, 'mine'))).sort()).toEqual(['.a.bin.checked.json', 'a.bin']);
});
