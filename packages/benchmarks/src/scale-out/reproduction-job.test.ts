import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@agoge/backends';
import { memoryStore } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundledCommand } from '../../test/bundled-command.mjs';
import { agoge, filesOf } from '../cli/command.fixture';
import { partName } from '../cli/plan-data';
import { keepRun, plannedIn, reproduce, resultsIn } from '../reproduce/reproduction';
import type { RunResult } from '../reproduce/run-result';
import { folders, openRendered, smallPlan, timeless } from '../reproduce/small-plan.fixture';
import { makeJob, plainOptions } from './job';
import { childrenOf, isInstalled, kill, type Running, start, startRedis } from './processes.fixture';
import { runJob } from './run-job';

const folder = mkdtempSync(join(tmpdir(), 'agoge-reproduction-job-'));
const at = (...path: string[]) => join(folder, ...path);
// Sources here, a bundle there: the same code by another name.
vi.stubEnv('AGOGE_BUILD', 'reproduction-job.test');

const plan = smallPlan();
const running: Running[] = [];
let program: string;
let alone: RunResult[];
beforeAll(async () => {
  program = await bundledCommand('reproduction-job');
  await useBackend('wasm');
  const store = memoryStore();
  await reproduce(store, plan, { phase: 'confirm', open: openRendered, work: folders() });
  alone = await resultsIn(store, plan);
}, 120_000);
afterAll(async () => {
  for (const { child } of running) kill(child.pid);
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => {
  const started = start(process.execPath, [program, ...args], folder);
  running.push(started);
  return started;
};
const question = (out: string) => ['--backend', 'wasm', 'reproduce', 'sparta', '--scale', 'small', '--out', out];

/** A folder that holds the plan, and of its results those that are given. */
async function begun(name: string, results: readonly RunResult[] = []): Promise<string> {
  const store = fileStore(at(name));
  await plannedIn(store, plan);
  for (const each of results) await keepRun(store, plan, each);
  return at(name);
}

const madeIn = async (out: string) => timeless(await resultsIn(fileStore(out), plan));

describe('runs of a plan, shared out', () => {
  it('to 2 local workers, one of them killed, are those of one process', { timeout: 180_000 }, async () => {
    const out = await begun('pool', alone.slice(0, 1));
    const shared = run(...question(out), '--workers', '2');
    const trains = async () => (await filesOf(out)).some((file) => /work.*checkpoint|trained\.json/.test(file));
    while (!(await trains())) {
      expect(shared.child.exitCode, shared.stderr()).toBe(null);
    }
    expect(kill(childrenOf(shared.child.pid)[0])).toBe(true);
    expect(await shared.ended, shared.stderr()).toBe(0);
    expect(await madeIn(out)).toEqual(timeless(alone));
    const stderr = shared.stderr();
    expect(stderr).toContain('was killed by SIGKILL: given out again (2 of 3)');
    expect(stderr).toMatch(/4 parts: source\.2: clean \d\.\d{3} of 12, robust \d\.\d{3} of 12/);
    expect(stderr).not.toContain(`${alone[0].arm}.${alone[0].seed}: clean`);
    expect(existsSync(join(out, 'small.html'))).toBe(true);

    // Nothing is left to be made.
    expect(await agoge(...question(out), '--workers', '2')).toMatchObject({ code: 0 });
  });

  const redisIsThere = isInstalled('redis-server');
  it.skipIf(!redisIsThere)(
    `to the worker of a queue are those of one process${redisIsThere ? '' : ' (redis-server is not installed)'}`,
    { timeout: 180_000 },
    async () => {
      const out = await begun('queue');
      const redis = await startRedis(folder);
      try {
        const worker = run('worker', '--queue', redis.url);
        const shared = run(...question(out), '--queue', redis.url);
        expect(await shared.ended, shared.stderr()).toBe(0);
        expect(await madeIn(out)).toEqual(timeless(alone));
        worker.child.kill('SIGINT');
        await worker.ended;
      } finally {
        await redis.stop();
      }
    },
  );

  it('on other data are refused, and leave no result', async () => {
    const hashes = { [partName(plan.data.shapes, 'train')]: 'another' };
    const runs = [{ arm: 'teacher', seed: 1 }];
    const options = plainOptions({ backend: 'wasm', plan, phase: 'confirm', runs });
    const job = makeJob({ kind: 'reproduce', name: 'teacher.1', options, hashes });
    const store = memoryStore();
    await expect(runJob(job, { store, cache: at('cache'), stderr: { write: () => undefined } })).rejects.toThrow(
      /^teacher\.1: the job wants shapes \{.*\} train "another", and this worker has "[0-9a-f]{64}"$/,
    );
    expect(await store.list('')).toEqual([]);
  });

  it.each([
    [['--workers', '2', '--queue', 'redis://x'], 'agoge: --workers and --queue are two ways: give one'],
    [['--workers', '2', '--shard', '1/2'], 'agoge: --shard is one part by hand: leave it out with --workers'],
    [['--attempts', '2'], 'agoge: --attempts belongs to --workers or --queue'],
  ])('are refused with %j, and nothing is written', async (argv, message) => {
    expect(await agoge(...question(at('none')), ...argv)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
    expect(existsSync(at('none'))).toBe(false);
  });
});
