import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pgdAttack } from '@agoge/attacks';
import { type Batches, type Classifier, ensureGradients } from '@agoge/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundledCommand } from '../../test/bundled-command.mjs';
import { type EvaluationResult, evaluate, mergeResults, writeResult } from '../index';
import type { Job } from './job';
import type { JobOutcome } from './job-result';
import { brightnessJobs, module } from './jobs.fixture';
import { madeBy } from './module-reference';
import { type PoolOptions, pool } from './pool';

const folder = mkdtempSync(join(tmpdir(), 'agoge-pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// Sources here, a bundle there: the same code by another name.
vi.stubEnv('AGOGE_BUILD', 'pool.test');

const hash = 'uniform 24';
let program: readonly [string, 'job'];
let whole: EvaluationResult;
beforeAll(async () => {
  await ensureGradients();
  program = [await bundledCommand('pool'), 'job'];
  const make = <T>(name: string) => madeBy<T>('test', { module, export: name }, true);
  const [f, data] = [await make<Classifier>('brightness'), await make<Batches>('uniformImages')];
  const model = { name: 'brightness' };
  const attacks = [pgdAttack({ eps: 0.1, steps: 4 })];
  whole = await evaluate(f, data, { attacks, batchSize: 2, seed: 3, model });
});
const merged = (outcomes: readonly JobOutcome[]) =>
  mergeResults(outcomes.flatMap((each) => ('result' in each ? [each.result as EvaluationResult] : [])));
const textOf = (result: EvaluationResult) => writeResult({ ...result, run: whole.run });

/** Runs jobs and tells what was told. */
async function pooled(jobs: readonly Job[], name: string, options: Partial<PoolOptions> = {}) {
  const events: string[] = [];
  const shares: number[] = [];
  const outcomes = await pool(jobs, {
    ...{ workers: 2, folder: join(folder, name), program },
    onEvent: (line) => events.push(line),
    onProgress: ({ done, total }) => shares.push(done / total),
    ...options,
  });
  return { outcomes, events, shares, errors: outcomes.flatMap((each) => ('error' in each ? [each.error] : [])) };
}

it('runs jobs in processes to the file of one process; what is done is not done again', {
  timeout: 120_000,
}, async () => {
  const jobs = brightnessJobs({ hash, count: 4 });
  const first = await pooled([...jobs, jobs[0]], 'whole');
  expect(first.events).toEqual([]);
  expect(textOf(merged(first.outcomes.slice(0, 4)))).toBe(textOf(whole));
  expect(first.outcomes[4]).toEqual(first.outcomes[0]);
  expect(first.shares.at(-1)).toBe(1);
  expect(first.shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  expect(readdirSync(join(folder, 'whole', 'results'))).toHaveLength(4);

  const again = await pooled(jobs, 'whole', { program: ['/nowhere.mjs'] });
  expect(again.outcomes).toEqual(first.outcomes.slice(0, 4));
});

describe('sets aside, and goes on with the others,', () => {
  it('a job that ends its process time and again', { timeout: 240_000 }, async () => {
    const [bad] = brightnessJobs({ hash, count: 12, fate: 'exit' });
    const [good] = brightnessJobs({ hash, count: 12 });
    const { outcomes, events } = await pooled([bad, good], 'exits', { workers: 1, attempts: 2 });
    expect(outcomes[0]).toMatchObject({ error: expect.stringMatching(/^ended with code 7.*, 2 times$/) });
    expect(outcomes[1]).toHaveProperty('result');
    expect(events).toEqual([
      expect.stringMatching(
        /^worker 1 \(process \d+\), evaluate 1\/12: ended with code 7.*: given out again \(2 of 2\)$/,
      ),
      expect.stringMatching(/^worker 1 \(process \d+\), evaluate 1\/12: ended with code 7.*: set aside$/),
    ]);
  });

  it('a job whose process says nothing, time and again', { timeout: 120_000 }, async () => {
    const mute = join(folder, 'mute.mjs');
    writeFileSync(mute, "process.on('message', () => {}); process.send({ ready: true });");
    const [job] = brightnessJobs({ hash, count: 12 });
    const { errors } = await pooled([job], 'mute', { program: [mute], silence: 0.5, attempts: 2 });
    expect(errors).toEqual(['gave no sign for 0.5 s, 2 times']);
  });

  it('a job that fails time and again; one that would fail again at once', { timeout: 240_000 }, async () => {
    const [bad] = brightnessJobs({ hash, count: 12, fate: 'throw' });
    const [first, second, third, fourth, fifth] = brightnessJobs({ hash, count: 12 });
    const jobs = [
      bad,
      { ...first, version: { ...first.version, code: 'older' } },
      { ...second, hashes: { data: 'ab' } },
      { ...third, kind: 'evalute' },
      { ...fourth, options: { ...fourth.options, seed: -1 } },
      { ...fifth, files: { model: { folder: '/nowhere', entry: 'm.json', files: { 'm.json': 'cd'.repeat(32) } } } },
    ];
    const { errors } = await pooled(jobs, 'fails', { workers: 1 });
    expect(errors).toEqual([
      'out of luck, 3 times',
      'evaluate 1/12: the job is for code "older", and this worker has "pool.test"',
      `evaluate 2/12: the job wants data "ab", and this worker has "${hash}"`,
      'job: unknown kind "evalute"; did you mean "evaluate"? (known: evaluate, reproduce)',
      'evaluate 4/12: options: seed must be an integer >= 0, got -1',
      `evaluate 5/12: model: wants m.json of sha256 ${'cd'.repeat(32)}: there is no /nowhere/m.json here, and the store lacks it`,
    ]);
  });
});

it('ends with its processes when it is told to', { timeout: 120_000 }, async () => {
  const controller = new AbortController();
  const jobs = brightnessJobs({ hash, count: 2, steps: 100_000 });
  const onProgress = ({ done }: { done: number }) => done > 0 && controller.abort(new Error('enough'));
  await expect(pooled(jobs, 'ended', { onProgress, signal: controller.signal })).rejects.toThrow('enough');
});
