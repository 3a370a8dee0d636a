import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uniform } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { afterAll, expect, it } from 'vitest';
import { killedRun } from '../../test/killed-run';
import type { RunnerResult } from './run-options';

const folder = mkdtempSync(join(tmpdir(), 'agoge-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = new URL('../../test/program.mjs', import.meta.url).pathname;
const run = new URL('../../test/killed-run.ts', import.meta.url).pathname;

/** All but the time. */
const told = ({ attacks, ...rest }: RunnerResult) => ({
  ...rest,
  attacks: attacks.map(({ seconds: _, ...each }) => each),
});

/** Runs in a process of its own and kills it, some milliseconds after it told of its nth progress. */
async function killed(kept: string, progress: number, milliseconds: number): Promise<NodeJS.Signals | null> {
  const child = fork(program, [run, 'killedRun', kept], { execArgv: [] });
  child.on('message', (count) => {
    if (count === progress) setTimeout(() => child.kill('SIGKILL'), milliseconds);
  });
  return new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
}

const kills = process.env.AGOGE_TEST === 'full' ? 20 : 3;
const title = `killed at each of ${kills} random points, a run goes on to the records of one that was not`;
it(title, { timeout: 60_000 + 60_000 * kills }, async () => {
  const wanted = told(await killedRun(join(folder, 'whole')));
  expect(
    (await fileStore(join(folder, 'whole')).list('')).filter((name) => name.endsWith('.safetensors')),
  ).toHaveLength(15);
  const draws = uniform({ seed: 11, stream: 'kills' }, 2 * kills);
  for (let kill = 0; kill < kills; kill++) {
    const kept = join(folder, `killed-${kill}`);
    // Of 495 that it tells of.
    expect(await killed(kept, Math.floor(480 * draws[2 * kill]), 10 * draws[2 * kill + 1])).toBe('SIGKILL');
    expect(told(await killedRun(kept))).toEqual(wanted);
  }
});
