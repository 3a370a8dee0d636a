import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agoge, filesOf, savedByTfjs } from './command.fixture';

let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-sharded-'));
  model = await savedByTfjs(join(folder, 'model'));
});
afterAll(() => rm(folder, { recursive: true }));

it.each<[string, string[], string]>([
  [
    'two ways at once',
    ['--workers', '2', '--queue', 'redis://x'],
    'agoge: --workers and --queue are two ways: give one',
  ],
  ['no worker', ['--workers', '0'], 'It must be a whole number of at least 1.'],
  ['parts of nothing', ['--shards', '4'], 'agoge: --shards belongs to --workers or --queue'],
  ['attempts at nothing', ['--attempts', '4'], 'agoge: --attempts belongs to --workers or --queue'],
  ['a store of nobody', ['--workers', '2', '--store', 'x'], 'agoge: --store belongs to --queue'],
  [
    'a part of parts',
    ['--workers', '2', '--shard', '1/2'],
    'agoge: --shard is one part by hand: leave it out with --workers',
  ],
  [
    'images of parts',
    ['--queue', 'redis://x', '--save', 'uint8', '--out', 'x'],
    'agoge: --save does not go with --queue',
  ],
  [
    'an address that is none',
    ['--queue', 'localhost:6379'],
    'agoge: --queue must be the address of a Redis, such as redis://localhost:6379, got "localhost:6379"',
  ],
  [
    'a Redis that is not there, without telling its password',
    ['--queue', 'redis://user:secret@127.0.0.1:1'],
    'agoge: --queue redis://127.0.0.1:1 cannot be reached: ',
  ],
])('refuses %s', async (_, rest, message) => {
  const before = await filesOf(folder);
  const question = ['--backend', 'cpu', 'evaluate', '--model', model, '--bounds', '0,1', '--eps', '0.1', '--n', '4'];
  const { code, stdout, stderr } = await agoge(...question, ...rest);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('secret');
  expect([code, stdout]).toEqual([2, '']);
  expect(await filesOf(folder)).toEqual(before);
});
