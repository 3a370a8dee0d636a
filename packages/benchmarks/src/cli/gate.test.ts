import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { readResult } from '../evaluation-result';
import { agoge, savedByTfjs } from './command.fixture';

let folder: string;
let evaluate: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-gate-'));
  const model = await savedByTfjs(join(folder, 'web'));
  const what = ['--model', model, '--bounds', '0,1', '--eps', '0.3', '--attack', 'apgd', '--n', '16'];
  evaluate = ['evaluate', '--backend', 'cpu', ...what];
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rm(folder, { recursive: true }));

it('--min-robust ends with 1 below it, after all is written, and tells the step', async () => {
  const [out, steps] = ['result.json', 'summary.md'].map((name) => join(folder, name));
  await writeFile(steps, 'before\n');
  vi.stubEnv('GITHUB_STEP_SUMMARY', steps);
  const { code, stdout, stderr } = await agoge(...evaluate, '--out', out, '--min-robust', '2/5');
  expect(code).toBe(1);
  expect(stdout).toContain('16 images, linf eps 0.3');
  expect(stderr).toMatch(/\nfailed: .*with 95 % confidence at least 0\.0 %: below the 40\.0 % asked for\n/);
  expect(stderr).not.toContain('(figures)');
  expect(readResult(await readFile(out, 'utf8')).n).toBe(16);
  expect(await readFile(join(folder, 'result.html'), 'utf8')).toContain('</html>');
  const summary = await readFile(steps, 'utf8');
  expect(summary).toMatch(/^before\n### Robustness of .*: failed\n/);
});

it('--min-robust 0 lets no untrained model through: nothing can be said of its robustness', async () => {
  vi.stubEnv('GITHUB_STEP_SUMMARY', '');
  const { code, stderr } = await agoge(...evaluate, '--min-robust', '0');
  expect([code, stderr]).toEqual([1, expect.stringContaining('not to be trusted: clean accuracy')]);
});

it('refuses what is no share', async () => {
  const { code, stderr } = await agoge(...evaluate, '--min-robust', '40');
  expect([code, stderr]).toEqual([2, expect.stringContaining('It must be a number from 0 to 1, such as 0.4.')]);
});
