// The pipeline itself: what the workflow runs is there, lets the model through, and would stop it where more is asked for.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readResult } from '@agoge/benchmarks';
import { main } from '@agoge/benchmarks/cli';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import '@agoge/benchmarks/vitest';

const here = (path: string) => new URL(path, import.meta.url);
const { scripts } = JSON.parse(await readFile(here('package.json'), 'utf8')) as { scripts: Record<string, string> };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ci-gate-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('runs scripts that are there', async () => {
  const { jobs } = parse(await readFile(here('.github/workflows/robustness.yml'), 'utf8'));
  const runs = jobs.robustness.steps.flatMap((step: { run?: string }) => step.run ?? []);
  expect(runs).toContain('npm test');
  expect(runs).toContain('npm run gate');
  expect(scripts.test).toBe('vitest run');
});

it('lets the model through, tells the step, and would stop it where more is asked for', async () => {
  const [command, ...given] = scripts.gate.split(' ');
  expect(command).toBe('agoge');
  const places: Record<string, string> = {
    'model/model.json': here('model/model.json').pathname,
    'robustness.json': join(folder, 'robustness.json'),
  };
  const placed = given.map((word) => places[word] ?? word);
  const terminal = { stdout: { write: () => true }, stderr: { write: () => true } };
  vi.stubEnv('GITHUB_STEP_SUMMARY', join(folder, 'summary.md'));
  expect(await main(placed, terminal)).toBe(0);
  expect(await readFile(join(folder, 'summary.md'), 'utf8')).toContain('passed');
  const result = readResult(await readFile(places['robustness.json'], 'utf8'));
  expect(result.n).toBe(120);
  expect(result).toBeRobust({ atLeast: 0.6 });
  expect(result).not.toBeRobust({ atLeast: 0.95 });
}, 180_000);
