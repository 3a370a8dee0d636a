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

it.each([
  ['jsma', [], '3', 'l0'],
  ['cw', [], '0.3', 'l2'],
  ['ddn,pgd', [], '0.3', 'l2'],
  ['deepfool', [], '0.3', 'linf'],
  ['deepfool', ['--norm', 'l2'], '0.3', 'l2'],
  ['onePixel', ['--norm', 'l0'], '1', 'l0'],
  ['fast', ['--norm', 'l1'], '0.3', 'l1'],
])('takes the norm that %s has, %j', async (names, said, eps, norm) => {
  const { code, stdout } = await agoge(...evaluate, '--eps', eps, '--attack', names, ...said, '--json');
  const { threat, attacks } = readResult(stdout);
  expect([code, threat]).toEqual([0, { norm, eps: Number(eps) }]);
  expect(new Set(attacks.map((each) => each.norm))).toEqual(new Set([norm]));
});

it.each([
  ['jsma', ['--norm', 'linf'], 'attack jsma takes --norm l0, got linf'],
  ['pgd,deepfool', ['--norm', 'l1'], 'attack deepfool takes --norm linf or l2, got l1'],
  ['standard', ['--norm', 'l0'], 'attack standard takes --norm linf or l2 or l1, got l0'],
  ['cw,jsma', [], 'the attacks share no norm: cw takes l2, jsma takes l0'],
  ['jsma', ['--eps', '-1'], 'jsmaAttack: eps must be an integer >= 0, got -1'],
])('refuses %s with %j', async (names, said, message) => {
  const { code, stderr } = await agoge(...evaluate, '--attack', names, ...said);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

it.each([
  ['jsma', {}, { norm: 'l0', eps: 2 }],
  ['onePixel', { population: 8, generations: 2 }, { norm: 'linf', eps: 2 }],
  ['spatial', { rotations: 3, shifts: 1 }, { norm: 'linf', eps: 2 }],
])('looks at the images of %s', async (name, options, threat) => {
  const [, ...model] = evaluate.slice(0, -2);
  const own = ['--attack', name, '--attack-options', JSON.stringify(options)];
  const { code, stdout } = await agoge('attack', ...model, ...own, '--eps', '2', '--examples', '2', '--json');
  const result = readResult(stdout);
  expect([code, result.threat, result.attacks[0].options]).toEqual([0, threat, expect.objectContaining(options)]);
});
