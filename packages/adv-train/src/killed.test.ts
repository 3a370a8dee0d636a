import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { keptRun, steps } from '../test/kept-run';

const folder = mkdtempSync(join(tmpdir(), 'agoge-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = new URL('../test/killed-run.mjs', import.meta.url).pathname;

/** Runs the program in a process of its own until it tells of a step, and kills it; returns the steps it told. */
async function killedAfter(step: number, backend: string, kept: string): Promise<number[]> {
  const child = spawn(process.execPath, [program, backend, kept], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
  const told: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^\d+$/.test(line)) told.push(Number(line));
    if (told.includes(step)) child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return told;
}

const name = 'on %s a run whose process is killed twice ends with the weights of one that was not';
it.each(['cpu', 'onnx'])(name, { timeout: 120_000 }, async (backend) => {
  const wanted = await keptRun(backend, join(folder, `whole-${backend}`), () => undefined);
  const kept = join(folder, `killed-${backend}`);
  const first = await killedAfter(8, backend, kept);
  expect(first[0]).toBe(1);
  const second = await killedAfter(25, backend, kept);
  expect(second[0]).toBeGreaterThan(6);
  const rest: number[] = [];
  const weights = await keptRun(backend, kept, (step) => rest.push(step));
  expect(rest[0]).toBeGreaterThan(24);
  expect(rest[rest.length - 1]).toBe(steps);
  expect(weights).toEqual(wanted);
});
