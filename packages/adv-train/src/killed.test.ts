import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { uniform } from '@agoge/core';
import { afterAll, expect, it } from 'vitest';
import { keptRun, steps } from '../test/kept-run';

const folder = mkdtempSync(join(tmpdir(), 'agoge-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = new URL('../test/killed-run.mjs', import.meta.url).pathname;
const full = process.env.AGOGE_TEST === 'full';

/**
 * Runs the program in a process of its own until it tells of a step, and kills it so many milliseconds later.
 *
 * @returns the last step it told, and whether it was killed, not done before
 */
async function killedAfter(
  step: number,
  wait: number,
  backend: string,
  kept: string,
): Promise<{ last: number; killed: boolean }> {
  const child = spawn(process.execPath, [program, backend, kept], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!/^\d+$/.test(line)) continue;
    last = Number(line);
    if (last === step) setTimeout(() => child.kill('SIGKILL'), wait);
  }
  return { last, killed: (await ended) === 'SIGKILL' };
}

/** How often the process is killed, a run each: at a random step, and a random time after it. */
const kills = full ? { cpu: 20, onnx: 6 } : { cpu: 2, onnx: 1 };
const share = full ? '' : ' (20 on cpu and 6 on onnx with AGOGE_TEST=full)';
const name = `on %s a run whose process is killed ends with the weights, mean and best epoch of one that was not${share}`;
it.each(Object.entries(kills))(name, { timeout: full ? 3_600_000 : 180_000 }, async (backend, count) => {
  const wanted = await keptRun(backend, join(folder, `whole-${backend}`), () => undefined);
  let killed = 0;
  for (let i = 0; i < count; i++) {
    const kept = join(folder, `killed-${backend}-${i}`);
    const [share, late] = uniform({ seed: full ? 1 : 2, index: i, stream: `kills/${backend}` }, 2);
    const seen = await killedAfter(1 + Math.floor(share * (steps - 2)), 60 * late, backend, kept);
    killed += Number(seen.killed);
    const rest: number[] = [];
    const weights = await keptRun(backend, kept, (step) => rest.push(step));
    // A checkpoint of every third step, and one at the end of each epoch.
    if (seen.killed && rest.length > 0) expect(rest[0]).toBeGreaterThan(seen.last - 3);
    expect(weights).toEqual(wanted);
    rmSync(kept, { recursive: true });
  }
  if (full) console.log(`${backend}: ${count} runs, ${killed} killed before they ended, all with the same weights`);
  expect(killed).toBeGreaterThan(0);
});
