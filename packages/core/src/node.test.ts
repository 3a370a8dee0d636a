import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forChild } from '../test/for-child';
import { isUserError } from './errors';
import { fileStore } from './node';
import { unfinished } from './store';

const scratch = mkdtempSync(join(tmpdir(), 'agoge-file-store-'));
const script = join(scratch, 'writer.mjs');

/** Puts `length` bytes of value `fill` under the name `v`, `times` times, from a process of its own. */
function writer(folder: string, length: number, fill: number, times: number): ChildProcess {
  return spawn(process.execPath, [script, folder, `${length}`, `${fill}`, `${times}`], { stdio: 'inherit' });
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
}

function drafts(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(unfinished));
}

afterAll(() => rmSync(scratch, { recursive: true }));

beforeAll(async () => {
  await forChild(new URL('./node.ts', import.meta.url), scratch, 'store.mjs');
  writeFileSync(
    script,
    `import { fileStore } from './store.mjs';
const [folder, length, fill, times] = process.argv.slice(2);
const bytes = new Uint8Array(Number(length)).fill(Number(fill));
for (let i = 0; i < Number(times); i++) await fileStore(folder).put('v', bytes);
`,
  );
});

describe('fileStore', () => {
  it('writes plain files in folders', async () => {
    const folder = join(scratch, 'plain');
    await fileStore(folder).put('run/model', Uint8Array.of(1, 2, 3));
    expect(statSync(join(folder, 'run', 'model')).size).toBe(3);
    expect(drafts(join(folder, 'run'))).toEqual([]);
    expect(await fileStore(folder).get('run/model')).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('keeps the old value when its writer is killed in the middle of a put', async () => {
    let interrupted = 0;
    for (let round = 0; round < 10 && interrupted < 2; round++) {
      const folder = join(scratch, `killed-${round}`);
      const store = fileStore(folder);
      const old = Uint8Array.of(1, 2, 3);
      await store.put('v', old);
      const length = 64 * 1024 * 1024;
      const child = writer(folder, length, 7, 1);
      const end = ended(child);
      while (child.exitCode === null && drafts(folder).length === 0) await sleep(1);
      await sleep(round);
      child.kill('SIGKILL');
      await end;
      expect(await store.list('')).toEqual(['v']);
      const got = await store.get('v');
      if (drafts(folder).length > 0) {
        interrupted++;
        expect(got).toEqual(old);
      } else {
        expect(got?.length).toBe(length);
        expect(got?.every((byte) => byte === 7)).toBe(true);
      }
      await store.put('v', old);
      expect(await store.get('v')).toEqual(old);
    }
    expect(interrupted).toBeGreaterThan(0);
  });

  it('leaves one whole value where processes put at once, and readers see no other', async () => {
    const folder = join(scratch, 'contested');
    const store = fileStore(folder);
    const lengths = [400_000, 500_000, 600_000];
    const running = lengths.map((length, i) => ended(writer(folder, length, i + 1, 20)));
    let done = false;
    const all = Promise.all(running).finally(() => {
      done = true;
    });
    let reads = 0;
    while (!done) {
      const got = await store.get('v');
      if (got) {
        reads++;
        const which = got[0] - 1;
        expect(got.length).toBe(lengths[which]);
        expect(got.every((byte) => byte === which + 1)).toBe(true);
      }
      await sleep(1);
    }
    expect(await all).toEqual(lengths.map(() => ({ code: 0, signal: null })));
    expect(reads).toBeGreaterThan(0);
    expect(drafts(folder)).toEqual([]);
    expect(lengths).toContain((await store.get('v'))?.length);
  });

  it('leaves no draft when the system refuses, and names the value and the reason', async () => {
    const folder = join(scratch, 'refused');
    const store = fileStore(folder);
    await store.put('a', Uint8Array.of(1));
    await store.put('b/c', Uint8Array.of(2));
    for (const [name, reason] of [
      ['a/b', 'ENOTDIR|EEXIST'],
      ['b', 'EISDIR|ENOTEMPTY|EPERM|EEXIST'],
      ['x'.repeat(300), 'ENAMETOOLONG|ENOENT'],
    ]) {
      const error = await store.put(name, Uint8Array.of(3)).catch((cause: unknown) => cause);
      expect(isUserError(error)).toBe(true);
      expect((error as Error).message).toMatch(new RegExp(`^fileStore: cannot put "${name.slice(0, 70)}.*(${reason})`));
    }
    expect(drafts(folder)).toEqual([]);
    expect(await store.list('')).toEqual(['a', 'b/c']);
    expect(await store.get('a/b')).toBeUndefined();
  });

  it('keeps to the folder of its call when the working directory changes', async () => {
    const before = process.cwd();
    process.chdir(scratch);
    const store = fileStore('relative');
    process.chdir(before);
    await store.put('a', Uint8Array.of(1));
    expect(statSync(join(scratch, 'relative', 'a')).size).toBe(1);
  });

  it.each(['', 'a\0b', 7, undefined])('refuses the folder %j', (folder) => {
    expect(() => fileStore(folder as string)).toThrow('fileStore: folder must be the path of a folder, got ');
  });
});
