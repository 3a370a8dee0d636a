import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { uniform } from '@agoge/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundledCommand } from '../../test/bundled-command.mjs';
import { agoge, filesOf, savedByTfjs } from '../cli/command.fixture';
import { type EvaluationResult, readResult, writeResult } from '../index';
import { childrenOf, isInstalled, kill, type Running, start, startRedis } from './processes.fixture';

const full = process.env.AGOGE_TEST === 'full';
const folder = mkdtempSync(join(tmpdir(), 'agoge-scale-out-'));
const at = (...path: string[]) => join(folder, ...path);
// Sources here, a bundle there: the same code by another name.
vi.stubEnv('AGOGE_BUILD', 'killed.test');

const running: Running[] = [];
let program: string;
let question: string[];
let whole: EvaluationResult;
beforeAll(async () => {
  program = await bundledCommand('killed');
  const model = await savedByTfjs(at('model'));
  question = [
    ...['--backend', 'cpu', 'evaluate', '--model', model, '--bounds', '0,1', '--eps', '0.1', '--attack', 'pgd,apgd'],
    ...['--seed', '7', '--batch', '6', '--n', full ? '360' : '72'],
  ];
  expect(await agoge(...question, '--out', at('whole.json'))).toMatchObject({ code: 0 });
  whole = resultIn('whole.json');
}, 120_000);
afterAll(async () => {
  for (const { child } of running) kill(child.pid);
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

const resultIn = (file: string) => readResult(readFileSync(at(file), 'utf8'), file);
const textOf = (result: EvaluationResult) => writeResult({ ...result, run: whole.run });
const run = (...args: string[]) => {
  const started = start(process.execPath, [program, ...args], folder);
  running.push(started);
  return started;
};
/** Where to kill: draws in [0, 1). */
const drawn = (name: string) => {
  const draws = uniform({ seed: full ? 2 : 1, stream: name }, 1000);
  let at = 0;
  return () => draws[at++];
};

/** Waits so many milliseconds, or until it has ended. */
const wait = (milliseconds: number, { ended }: Running) => Promise.race([after(milliseconds), ended]);
/** Kills, time after time while an evaluation runs, and tells how often it hit. */
async function harass(
  evaluation: Running,
  times: number,
  pause: [least: number, most: number],
  hit: (draw: () => number) => Promise<boolean>,
) {
  const draw = drawn('kills');
  let hits = 0;
  while (hits < times && evaluation.child.exitCode === null) {
    await wait(pause[0] + draw() * (pause[1] - pause[0]), evaluation);
    if (evaluation.child.exitCode === null && (await hit(draw))) hits++;
  }
  return hits;
}

const share = full ? '' : ' (more of each with AGOGE_TEST=full)';

it(`2 local workers, killed at random moments, give the file of one process${share}`, {
  timeout: full ? 1_800_000 : 180_000,
}, async () => {
  const shards = full ? 30 : 6;
  const evaluation = run(
    ...question,
    '--workers',
    '2',
    '--shards',
    String(shards),
    '--attempts',
    '50',
    '--out',
    at('pool.json'),
  );
  const hits = await harass(evaluation, full ? 25 : 3, [500, 1500], async (draw) => {
    const children = childrenOf(evaluation.child.pid).filter((pid) => pid);
    return children.length > 0 && kill(children[Math.floor(draw() * children.length)]);
  });
  expect(await evaluation.ended, evaluation.stderr()).toBe(0);
  const told = evaluation.stderr().match(/was killed by SIGKILL: given out again/g)?.length ?? 0;
  if (full) console.log(`pool: ${shards} shards, ${hits} kills, ${told} shards given out again`);
  expect(told).toBeGreaterThan(0);
  const result = resultIn('pool.json');
  expect(result.run.parts).toHaveLength(shards);
  expect(textOf(result)).toBe(textOf(whole));
  expect((await filesOf(folder)).filter((file) => file.startsWith('pool'))).toEqual(['pool.html', 'pool.json']);
});

const isThere = isInstalled('redis-server');
describe.skipIf(!isThere)(`over Redis${isThere ? '' : ' (redis-server is not installed)'}`, () => {
  it.each([
    ['through Redis alone', false],
    ['with a shared folder', true],
  ])(
    `workers killed at random moments and Redis restarted give the file of one process, %s${share}`,
    { timeout: full ? 1_800_000 : 300_000 },
    async (_, isShared) => {
      const place = mkdtempSync(at('redis-'));
      const redis = await startRedis(place);
      const store = isShared ? ['--store', join(place, 'shared')] : [];
      const queue = ['--queue', redis.url, ...store];
      try {
        const shards = full ? 30 : 6;
        const out = join(place, 'queue.json');
        const hire = () => run('worker', ...queue, '--lock', '3');
        const workers = [hire(), hire()];
        const evaluation = run(...question, ...queue, '--shards', String(shards), '--attempts', '50', '--out', out);
        const restarts = full ? 3 : 1;
        const kills = { worker: 0, process: 0, redis: 0 };
        await harass(evaluation, full ? 18 : 3, [800, 2500], async (draw) => {
          const n = kills.worker + kills.process + kills.redis;
          const i = Math.floor(draw() * workers.length);
          const { pid } = workers[i].child;
          if (kills.redis < restarts && n % 3 === 1) {
            kills.redis++;
            await redis.restart(300 * draw());
            return true;
          }
          const [processOfJob] = childrenOf(pid);
          if (draw() < 0.5 && kill(processOfJob)) {
            kills.process++;
            return true;
          }
          kills.worker++;
          kill(pid);
          workers[i] = hire();
          return true;
        });
        expect(await evaluation.ended, evaluation.stderr()).toBe(0);
        if (full)
          console.log(
            `queue, ${isShared ? 'shared folder' : 'Redis alone'}: ${shards} shards, killed: ${JSON.stringify(kills)}`,
          );
        expect(kills.redis).toBeGreaterThan(0);
        expect(kills.worker + kills.process).toBeGreaterThan(0);
        const result = readResult(readFileSync(out, 'utf8'), 'queue.json');
        expect(result.run.parts).toHaveLength(shards);
        expect(textOf(result)).toBe(textOf(whole));
        for (const { child } of workers) child.kill('SIGINT');
        expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([130, 130]);
      } finally {
        await redis.stop();
      }
    },
  );
});
