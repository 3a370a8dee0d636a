import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locked } from './lock';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const path = () => join(folder, 'lock');
const owner = (pid: number, host: string) => writeFile(path(), JSON.stringify({ pid, host, id: 'other' }));

describe('locked', () => {
  it('lets one run after another', async () => {
    let [inside, most, waits] = [0, 0, 0];
    const body = async () => {
      most = Math.max(most, ++inside);
      await pause(5);
      return --inside;
    };
    const options = { look: 2, onWait: () => void waits++ };
    await Promise.all(Array.from({ length: 8 }, () => locked('test', path(), options, body)));
    expect([most, waits, inside]).toEqual([1, 7, 0]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is given back when the body fails, with what it says', async () => {
    const body = async () => Promise.reject(new Error('body'));
    await expect(locked('test', path(), {}, body)).rejects.toThrow('body');
    expect(await locked('test', path(), {}, async () => 7)).toBe(7);
  });

  it('is taken at once from a process of this machine that is no more, by one of those who wait', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    for (let round = 0; round < 20; round++) {
      await owner(child.pid ?? 0, hostname());
      let [inside, most] = [0, 0];
      const body = async () => {
        most = Math.max(most, ++inside);
        await pause(3);
        inside--;
      };
      await Promise.all(Array.from({ length: 5 }, () => locked('test', path(), { look: 1 }, body)));
      expect(most).toBe(1);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('is taken from another machine that was not heard of for long, not from one that is', async () => {
    await owner(1, 'elsewhere');
    const beats = setInterval(() => void utimes(path(), new Date(), new Date()).catch(() => undefined), 10);
    let entered = false;
    const waiting = locked('test', path(), { look: 2, stale: 150 }, async () => {
      entered = true;
    });
    await pause(400);
    expect(entered).toBe(false);
    clearInterval(beats);
    await waiting;
    expect(entered).toBe(true);
  });

  it('is taken where its file cannot be read', async () => {
    await writeFile(path(), '{');
    expect(await locked('test', path(), { look: 2, stale: 50 }, async () => 7)).toBe(7);
  });

  it('is not waited for after an abort', async () => {
    await owner(process.pid, hostname());
    const signal = AbortSignal.timeout(20);
    await expect(locked('test', path(), { look: 5, signal }, async () => 7)).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('says which file cannot be written', async () => {
    const nowhere = join(folder, 'no', 'lock');
    await expect(locked('test', nowhere, {}, async () => 7)).rejects.toThrow(
      `test: ${nowhere} cannot be written: ENOENT`,
    );
  });
});
