import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agoge, filesOf } from './command.fixture';

let folder: string;
const at = (...path: string[]) => join(folder, ...path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-reproduce-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('writes a plan, keeps to it, stops at its limit with an account, and refuses a plan that was changed', async () => {
  const run = ['reproduce', 'sparta', '--scale', 'tiny', '--out', at('sparta')];
  const planned = await agoge(...run, '--plan-only');
  expect(planned).toMatchObject({ code: 0, stderr: expect.stringContaining('written: commit it before the runs') });
  expect(await filesOf(at('sparta'))).toEqual(['tiny.plan.json']);

  const begun = await agoge('--backend', 'wasm', ...run, '--limit', '1s');
  expect(begun).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('stopped at --limit: the same command goes on'),
  });
  expect(begun.stderr).toContain('as it was written');
  expect(begun.stdout).toContain('sparta-relu: none: a smoke test\n');
  expect(await filesOf(at('sparta'))).toEqual(expect.arrayContaining(['README.md', 'tiny.html', 'tiny.plan.json']));
  expect(await readFile(at('sparta', 'tiny.html'), 'utf8')).toContain('<h2>Verdicts</h2>');

  const plan = await readFile(at('sparta', 'tiny.plan.json'), 'utf8');
  await writeFile(at('sparta', 'tiny.plan.json'), plan.replace('"direction": "higher"', '"direction": "lower"'));
  const changed = await agoge(...run, '--report-only');
  expect(changed).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('is damaged: its checksum is another'),
  });
});

it.each([
  [['reproduce', 'vgg', '--scale', 'tiny'], 'Allowed choices are paf, rcm, sat, sparta'],
  [['reproduce', 'rcm'], "required option '--scale <size>' not specified"],
  [['reproduce', 'rcm', '--scale', 'tiny', '--limit', '15'], 'It must be a time above 0 such as 90s, 15m or 2h.'],
])('refuses %j', async (argv, message) => {
  expect(await agoge(...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});

it('refuses a folder for data that the plan has not', async () => {
  const argv = ['--backend', 'cpu', 'reproduce', 'rcm', '--scale', 'tiny', '--out', at('rcm'), '--data-dir', 'mnist=x'];
  const message = 'agoge: --data-dir must name data of the plan (shapes), got mnist';
  expect(await agoge(...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
