import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { uniform } from '@agoge/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundledCommand } from '../../test/bundled-command.mjs';
import { agoge, filesOf, savedByTfjs } from '../cli/command.fixture';
import { type EvaluationResult, readResult, writeResult } from '../index';
import { childrenOf, isInstalled, isThere, kill, type Running, start, startRedis } from './processes.fixture';

const full = process.env.AGOGE_TEST === 'full';
const folder = mkdtempSync(join(tmpdir(), 'agoge-scale-out-'));
const at = (...path: string[]) => join(folder, ...path);
// Sources here, a bundle there: the same code by another name.
vi.stubEnv('AGOGE_BUILD', 'killed.test');

/** Parts of the evaluation. */
const shards = full ? 30 : 6;
/** How long after a share of them has begun a kill comes at most, in milliseconds: a process has hardly started, or works. */
const moment = full ? 1000 : 100;
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
/** Draws in [0, 1), the same each time. */
const drawn = (name: string) => {
  const draws = uniform({ seed: full ? 2 : 1, stream: name }, 1000);
  let at = 0;
  return () => draws[at++ % draws.length];
};

/** What to do to an evaluation that runs. */
interface Harassment<Kill, Victim> {
  kills: readonly Kill[];
  /** How many of its shards have begun. */
  begun(): number;
  /** What is at work. */
  victims(): readonly Victim[];
  /** Kills; false where nothing was there to be killed. */
  strike(kill: Kill, victim: Victim, draw: () => number): boolean | Promise<boolean>;
}
/** Kills in turn as the work goes on, a chance moment after the next share of its first seven tenths has begun; tells how often. */
async function harass<Kill, Victim>(
  evaluation: Running,
  { kills, begun, victims, strike }: Harassment<Kill, Victim>,
): Promise<number> {
  const draw = drawn('kills');
  const isOver = () => evaluation.child.exitCode !== null;
  for (const [i, kill] of kills.entries()) {
    const due = (0.7 * shards * i) / kills.length;
    for (let isHit = false; !isHit; ) {
      while (!isOver() && (begun() <= due || victims().length === 0)) await after(20);
      await after(draw() * moment);
      if (isOver()) return i;
      const there = victims();
      isHit = there.length > 0 && (await strike(kill, there[Math.floor(draw() * there.length)], draw));
    }
  }
  return kills.length;
}

const share = full ? '' : ' (more of each with AGOGE_TEST=full)';

it(`2 local workers, killed at random moments, give the file of one process${share}`, {
  timeout: full ? 1_800_000 : 180_000,
}, async () => {
  const pool = ['--workers', '2', '--shards', String(shards), '--attempts', '50', '--out', at('pool.json')];
  const evaluation = run(...question, ...pool);
  const kills = Array.from({ length: full ? 25 : 3 }, () => 'process');
  const done = () => readdirSync(at('pool.json.state', 'results')).filter((file) => file.endsWith('.json')).length;
  const hits = await harass(evaluation, {
    kills,
    begun: () => 1 + (existsSync(at('pool.json.state', 'results')) ? done() : 0),
    victims: () => childrenOf(evaluation.child.pid),
    strike: (_, pid) => kill(pid),
  });
  expect(await evaluation.ended, evaluation.stderr()).toBe(0);
  const told = evaluation.stderr().match(/was killed by SIGKILL: given out again/g)?.length ?? 0;
  if (full) console.log(`pool: ${shards} shards, ${hits} kills, ${told} shards given out again`);
  expect(hits).toBe(kills.length);
  expect(told).toBeGreaterThan(0);
  const result = resultIn('pool.json');
  expect(result.run.parts).toHaveLength(shards);
  expect(textOf(result)).toBe(textOf(whole));
  expect((await filesOf(folder)).filter((file) => file.startsWith('pool'))).toEqual(['pool.html', 'pool.json']);
});

const redisIsThere = isInstalled('redis-server');
describe.skipIf(!redisIsThere)(`over Redis${redisIsThere ? '' : ' (redis-server is not installed)'}`, () => {
  type Kill = 'worker' | 'process' | 'redis';
  const next = drawn('plan');
  const many = () =>
    Array.from({ length: 24 }, (_, i): Kill => (i % 6 === 1 ? 'redis' : next() < 0.5 ? 'worker' : 'process'));
  const few: Kill[] = ['process', 'redis', 'worker', 'process'];

  it.each([
    ['through Redis alone', false],
    ['with a shared folder', true],
  ])(
    `workers and the processes of jobs killed, and Redis restarted, at random moments give the file of one process, %s${share}`,
    { timeout: full ? 1_800_000 : 300_000 },
    async (_, isShared) => {
      const place = mkdtempSync(at('redis-'));
      const redis = await startRedis(place);
      const queue = ['--queue', redis.url, ...(isShared ? ['--store', join(place, 'shared')] : [])];
      let isOpen = true;
      try {
        const out = join(place, 'queue.json');
        const hired: Running[] = [];
        const workers: Running[] = [];
        const hire = async (slot: number): Promise<void> => {
          const worker = run('worker', ...queue, '--lock', '2');
          hired.push(worker);
          workers[slot] = worker;
          // One that finds no Redis when it begins ends, and somebody starts it again.
          const code = await worker.ended;
          if (code === 2 && isOpen && worker.stderr().includes('cannot be reached')) await hire(slot);
        };
        for (const slot of [0, 1]) hire(slot);
        const evaluation = run(...question, ...queue, '--shards', String(shards), '--attempts', '50', '--out', out);
        const orphans: number[] = [];
        const said = (pattern: RegExp) => hired.flatMap(({ stderr }) => stderr().match(pattern) ?? []);
        const kills = full ? many() : few;
        const hits = await harass(evaluation, {
          kills,
          begun: () => new Set(said(/(?<=begins evaluate )\S+(?=\n)/g)).size,
          victims: () => workers.filter(({ stderr }) => / begins \S+ \S+\n$/.test(stderr())),
          async strike(what, worker, draw) {
            const children = childrenOf(worker.child.pid);
            if (what === 'process') return kill(children[0]);
            if (what === 'worker') {
              orphans.push(...children);
              kill(worker.child.pid);
              hire(workers.indexOf(worker));
              return true;
            }
            await redis.restart(300 * draw());
            return true;
          },
        });
        expect(await evaluation.ended, evaluation.stderr()).toBe(0);
        const lost = said(/was killed by SIGKILL/g).length;
        if (full) {
          const count = (what: Kill) => kills.filter((each) => each === what).length;
          const counts = `${count('worker')} workers, ${count('process')} processes (${lost} with a job), Redis ${count('redis')} times`;
          console.log(`queue, ${isShared ? 'shared folder' : 'Redis alone'}: ${shards} shards, killed: ${counts}`);
        }
        expect(hits).toBe(kills.length);
        expect(lost).toBeGreaterThan(0);
        const result = readResult(readFileSync(out, 'utf8'), 'queue.json');
        expect(result.run.parts).toHaveLength(shards);
        expect(textOf(result)).toBe(textOf(whole));
        await vi.waitUntil(() => !orphans.some(isThere), { timeout: 30_000 });
        for (const { child } of workers) child.kill('SIGINT');
        expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([130, 130]);
      } finally {
        isOpen = false;
        await redis.stop();
      }
    },
  );
});
