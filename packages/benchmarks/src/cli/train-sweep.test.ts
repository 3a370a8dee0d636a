import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agoge, filesOf } from './command.fixture';

let folder: string;
const at = (...path: string[]) => join(folder, ...path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-sweep-'));
});
afterAll(() => rm(folder, { recursive: true }));

const data = ['--data', 'shapes', '--data-options', '{"examples": 12, "size": 8, "channels": 1, "classes": 3}'];
const train = (...rest: string[]) =>
  agoge(
    '--backend',
    'cpu',
    'train',
    ...data,
    '--arch-options',
    '{"width": 1}',
    '--batch-size',
    '6',
    '--validate',
    '0',
    ...rest,
  );
const brief = ['--epochs', '1', '--objective', 'standard'];
const resultOf = async (...path: string[]) => JSON.parse(await readFile(at(...path), 'utf8'));

it('trains once for each seed, each in its folder, by shares; what is done stays', { timeout: 120_000 }, async () => {
  const seeds = [...brief, '--seeds', '3,0', '--out', at('seeds')];
  const first = await train(...seeds, '--shard', '1/2');
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('run 1 of 1: seed=3\n') });
  const files = await filesOf(at('seeds'));
  const kept = ['checkpoint.json', 'model.json', 'model.safetensors'].map((each) => `seed=3/${each}`);
  expect(files).toEqual(expect.arrayContaining(['seed=3.result.json', ...kept]));
  expect(files.filter((each) => each.startsWith('seed=0'))).toEqual([]);
  const { mtimeMs } = await stat(at('seeds', 'seed=3', 'model.json'));

  const both = await train(...seeds);
  expect(both.stdout).toMatch(/run +came to\n─+ +─+\nseed=3 +loss [\d.]+\nseed=0 +loss [\d.]+\n/);
  expect(both.stderr).not.toContain('seed=3');
  expect((await stat(at('seeds', 'seed=3', 'model.json'))).mtimeMs).toBe(mtimeMs);
  const finished = await resultOf('seeds', 'seed=0.result.json');
  const { run, result } = finished;
  expect(run).toMatchObject({ name: 'seed=0', seed: 0, options: { objective: 'standard', epochs: 1, data: 'shapes' } });
  expect(result.result).toEqual(await resultOf('seeds', 'seed=0', 'model.json'));

  const alone = await train(...brief, '--seed', '0', '--out', at('alone'));
  expect(alone.code).toBe(0);
  const weights = (...path: string[]) => readFile(at(...path, 'model.safetensors'));
  expect(await weights('seeds', 'seed=0')).toEqual(await weights('alone'));
  expect(await weights('seeds', 'seed=0')).not.toEqual(await weights('seeds', 'seed=3'));

  // What was begun is gone on with: a second training would have taken other seconds.
  await rm(at('seeds', 'seed=0.result.json'));
  expect((await train(...seeds)).stderr).toContain('run 2 of 2: seed=0\n');
  expect(await resultOf('seeds', 'seed=0.result.json')).toEqual(finished);

  const other = await train(...seeds, '--learning-rate', '0.2');
  expect(other).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('seed=3.result.json is of another run: options.learningRate was absent, is 0.2'),
  });
});

it('trains once for each combination of a file, values as on the command line', { timeout: 120_000 }, async () => {
  const file = at('grid.json');
  const options = { eps: ['8/255', 0.2], 'objective-options': [{ steps: 1 }] };
  await writeFile(file, JSON.stringify({ options }));
  const swept = await train(
    '--epochs',
    '1',
    '--objective',
    'at',
    '--seed',
    '4',
    '--sweep',
    file,
    '--out',
    at('grid'),
    '--json',
  );
  expect(swept.code).toBe(0);
  const results = JSON.parse(swept.stdout);
  expect(results.map(({ run }: { run: { name: string } }) => run.name)).toEqual([
    'eps=#1,objective-options=#1,seed=4',
    'eps=0.2,objective-options=#1,seed=4',
  ]);
  for (const [i, eps] of [8 / 255, 0.2].entries()) {
    const { objective, seed } = results[i].result.result.training;
    expect([objective.options.eps, objective.options.steps, seed]).toEqual([eps, 1, 4]);
  }
});

it.each<[string, string[], unknown, string]>([
  ['a share of nothing', ['--shard', '1/2'], undefined, 'agoge train: --shard needs the runs to share out'],
  ['one seed and several', ['--seed', '1', '--seeds', '1,2'], undefined, '--seed cannot be given with --seeds'],
  ['seeds that are none', ['--seeds', '1,1'], undefined, 'sweep: seeds must be an array of integers >= 0, each once'],
  ['an option that is none', [], { options: { epz: [1] } }, 'unknown option "epz"; did you mean "eps"?'],
  ['what a sweep says itself', [], { options: { out: ['a'] } }, 'unknown option "out"'],
  [
    'a value that the option does not take',
    [],
    { options: { eps: ['big'] } },
    'eps big is invalid. It must be a number',
  ],
  ['a choice that is none', [], { options: { norm: ['l3'] } }, 'norm l3 is invalid. Allowed choices are linf, l2, l1.'],
  ['seeds twice', ['--seeds', '1'], { seeds: [0] }, 'says its seeds: --seeds cannot be given with it'],
  ['a file that is no object', [], [1], 'the file must be an object'],
])('refuses %s', async (_, rest, grid, message) => {
  const file = at('refused.json');
  if (grid !== undefined) await writeFile(file, JSON.stringify(grid));
  const named = grid === undefined ? [] : ['--sweep', file];
  const { code, stderr } = await train(...brief, ...rest, ...named, '--out', at('refused'));
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});
