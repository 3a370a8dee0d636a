import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readResult } from '../evaluation-result';
import { agoge, savedByTfjs } from './command.fixture';

let folder: string;
let evaluate: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-attacks-'));
  const model = await savedByTfjs(join(folder, 'web'));
  evaluate = ['evaluate', '--backend', 'cpu', '--model', model, '--bounds', '0,1', '--eps', '0.3', '--n', '1'];
});
afterAll(() => rm(folder, { recursive: true }));

it('gives each attack the options that it takes', async () => {
  const out = join(folder, 'result.json');
  const { code, stderr } = await agoge(...evaluate, '--attack', 'fgsm,onePixel,spatial', '--out', out);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('unknown')]);
  const { attacks } = readResult(await readFile(out, 'utf8'));
  expect(attacks.map(({ name, options }) => [name, options.eps])).toEqual([
    ['fgsm', 0.3],
    ['onePixel', undefined],
    ['spatial', undefined],
  ]);
});

it('tells of an attack that has no ball in the norm', async () => {
  const { code, stderr } = await agoge(...evaluate, '--attack', 'jsma');
  expect([code, stderr]).toEqual([2, expect.stringContaining('jsmaAttack: norm must be one of "l0", got "linf"')]);
});
