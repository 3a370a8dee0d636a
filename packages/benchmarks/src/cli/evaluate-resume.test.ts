import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors } from '@agoge/core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readResult } from '../evaluation-result';
import { agoge, filesOf, savedByTfjs } from './command.fixture';

let folder: string;
let model: string;
const at = (...path: string[]) => join(folder, ...path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-evaluate-'));
  model = await savedByTfjs(at('model'));
});
afterAll(() => rm(folder, { recursive: true }));

const evaluate = (...rest: string[]) =>
  agoge(
    ...['--backend', 'cpu', 'evaluate', '--model', model, '--bounds', '0,1', '--norm', 'linf', '--eps', '0.1'],
    ...['--attack', 'pgd', '--seed', '0', '--batch', '10', '--n', '60', ...rest],
  );
const numbers = async (file: string) => {
  const { run: _, ...rest } = readResult(await readFile(at(file), 'utf8'));
  return rest;
};

it('goes on, after Ctrl-C, with the run whose state is beside the result, to the same numbers', async () => {
  const whole = await evaluate('--out', at('whole.json'));
  expect(whole).toMatchObject({ code: 0, stdout: expect.stringMatching(/attack +met +broke +new +alone +forwards/) });
  expect(whole.stderr).toMatch(/^attacking .*: 50 %, \d+ s left$/m);
  expect(whole.stderr).toContain(`report: ${at('whole.html')}`);
  expect(await readFile(at('whole.html'), 'utf8')).toContain('broken by pgd');
  const files = await filesOf(folder);

  const run = evaluate('--out', at('stopped.json'));
  while (!existsSync(at('stopped.json.state', 'run', '000000010.safetensors'))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.emit('SIGINT');
  expect(await run).toMatchObject({ code: 130, stdout: '' });
  expect(existsSync(at('stopped.json'))).toBe(false);

  expect(await evaluate('--out', at('stopped.json'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('stopped.json.state" holds a run that was begun: go on with it by --resume'),
  });
  expect(await evaluate('--out', at('stopped.json'), '--resume', '--seed', '1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is of another run: seed was 0, is 1'),
  });
  expect(await evaluate('--out', at('stopped.json'), '--resume')).toMatchObject({ code: 0 });
  expect(await numbers('stopped.json')).toEqual(await numbers('whole.json'));
  expect(await filesOf(folder)).toEqual([...files, 'stopped.html', 'stopped.json'].sort());
});

it('keeps the images that are asked for, and says how many still break theirs as 8 bits', async () => {
  const { code, stderr } = await evaluate('--out', at('saved.json'), '--save', 'uint8', '--report', at('page.html'));
  expect(code).toBe(0);
  const { quantised } = readResult(await readFile(at('saved.json'), 'utf8'));
  expect(stderr).toContain(`images: ${at('saved.json.state', 'run')}\n`);
  expect(stderr).toContain(`${quantised?.survived} of ${quantised?.broken} still break their image as 8 bits`);
  const shard = readSafetensors(await readFile(at('saved.json.state', 'run', '000000050.safetensors')));
  expect(shard.tensors.get('adversarial')).toMatchObject({ dtype: 'U8', shape: [10, 8, 8, 1] });
  expect(existsSync(at('page.html')) && !existsSync(at('saved.html'))).toBe(true);
});

it('parts give the records of the whole', async () => {
  for (const part of [1, 2, 3]) {
    expect((await evaluate('--shard', `${part}/3`, '--out', at(`part-${part}.json`))).code).toBe(0);
  }
  const files = [3, 1, 2].map((part) => at(`part-${part}.json`));
  const merged = await agoge('merge', ...files, '--out', at('merged.json'), '--report');
  expect(merged).toMatchObject({ code: 0, stderr: expect.stringContaining(`report: ${at('merged.html')}`) });
  expect(merged.stdout).toMatch(/attack +met +broke/);
  expect(await numbers('merged.json')).toEqual(await numbers('whole.json'));
  expect(await agoge('merge', files[0], files[1], '--out', at('less.json'))).toMatchObject({
    code: 2,
    stderr: `mergeResults: examples 20 to 39 are in no part, between ${files[1]} and ${files[0]}\n`,
  });
  expect(existsSync(at('less.json'))).toBe(false);
  const empty = await evaluate('--shard', '1/9');
  expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('shard 1/9 is empty: there are fewer') });
});

it('runs all attacks of a version of AutoAttack, and tells what each alone breaks', async () => {
  const { code, stdout } = await evaluate('--attack', 'fast', '--n', '10', '--meets', 'all', '--json');
  expect(code).toBe(0);
  const { attacks } = readResult(stdout);
  expect(attacks.map(({ name }) => name)).toEqual(['apgd', 'apgdTargeted']);
  expect(attacks.every(({ unique }) => unique !== null)).toBe(true);
});

it.each<[string, string[], string]>([
  ['--resume without --out', ['--resume'], 'agoge: --resume needs --out, beside which the run is kept'],
  ['--save without --out', ['--save', 'float32'], 'agoge: --save needs --out'],
  ['a form that is none', ['--save', 'png'], "argument 'png' is invalid. Allowed choices are float32, uint8."],
  ['a part that is none', ['--shard', '4/3'], 'such as 2/4'],
  [
    'mnist that is nowhere',
    ['--data', 'mnist'],
    'lacks t10k-images-idx3-ubyte.gz (1648877 bytes, SHA-256 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6) from https',
  ],
  ['a data set that is none', ['--data', 'cifr10'], 'agoge: unknown data set "cifr10"; did you mean "cifar10"?'],
  ['an option that is none', ['--data-options', '{"size": 9}'], 'digits: unknown option "size"'],
  ['images without a folder', ['--data', 'imageFolder'], 'openDataset: imageFolder needs the folder of its files'],
  [
    'a folder without mnist',
    ['--data', 'mnist', '--data-dir', '/nowhere'],
    'mnist: there is no t10k-images-idx3-ubyte',
  ],
  [
    'a folder for digits',
    ['--data-dir', '.'],
    'fashionMnist, imageFolder, imagenette, kmnist, mnist, npz, parquet, svhn, got --data digits',
  ],
])('refuses %s', async (_, rest, message) => {
  vi.stubEnv('AGOGE_DATA', at('data'));
  const before = await filesOf(folder);
  const { code, stdout, stderr } = await evaluate(...rest);
  expect(stderr).toContain(message);
  expect([code, stdout]).toEqual([2, '']);
  expect(await filesOf(folder)).toEqual(before);
});
