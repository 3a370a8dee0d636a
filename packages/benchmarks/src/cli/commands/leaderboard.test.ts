import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EvaluationResult, writeResult } from '../../evaluation-result';
import { soundResult } from '../../gate/gate.fixture';
import { agoge } from '../command.fixture';

let folder: string;
const at = (...path: string[]) => join(folder, ...path);
const named = (name: string, robust: number, changes: Partial<EvaluationResult> = {}) =>
  soundResult({ n: 100, robust }, { model: { name }, ...changes });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-board-'));
  await mkdir(at('results', 'deep'), { recursive: true });
  await mkdir(at('results', 'Linf'));
  await mkdir(at('results', 'corruptions'));
  await writeFile(at('results', 'a.json'), writeResult(named('a', 40)));
  await writeFile(at('results', 'deep', 'b.json'), writeResult(named('b', 60)));
  const weights = { file: 'model.safetensors', sha256: 'ab'.repeat(32) };
  await writeFile(
    at('results', 'deep', 'moved.json'),
    writeResult(named('moved', 99, { model: { name: 'moved', weights } })),
  );
  await writeFile(at('results', 'deep', 'model.safetensors'), 'other bytes');
  await writeFile(at('results', 'edited.json'), writeResult(named('edited', 40, { robustAccuracy: 0.9 })));
  await writeFile(at('results', 'model.json'), '{"schema":"agoge/model@1"}');
  await writeFile(at('results', 'notes.txt'), 'x');
  const info = {
    name: 'theirs',
    dataset: 'digits',
    eps: '0.1',
    clean_acc: '90',
    autoattack_acc: '55',
    unreliable: false,
  };
  await writeFile(at('results', 'Linf', 'theirs.json'), JSON.stringify(info));
  await writeFile(at('results', 'corruptions', 'theirs.json'), JSON.stringify(info));
});
afterAll(() => rm(folder, { recursive: true }));

it('reads results of all depths, ranks the sound, and says what it did not read', async () => {
  const name = `${named('a', 1).data.hash}=digits`;
  const { code, stdout, stderr } = await agoge(
    ...[
      'leaderboard',
      at('results'),
      '--out',
      at('board.html'),
      '--markdown',
      at('board.md'),
      '--title',
      'Ours',
      '--data-name',
      name,
    ],
  );
  expect([code, stdout]).toEqual([0, `file://${at('board.html')}\n`]);
  expect(stderr).toContain('edited.json: robustAccuracy must be 0.4, as its records say, got 0.9');
  expect(stderr).toContain(join('corruptions', 'theirs.json: its norm must be Linf, L2 or L1'));
  expect(stderr).toContain('1 JSON files are no results');
  const text = await readFile(at('board.md'), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| (\d|refused)/.test(line));
  expect(rows.map((line) => line.split(' | ').slice(0, 2))).toEqual([
    ['| 1', 'b'],
    ['| 2', 'a'],
    ['| refused', 'moved'],
    ['| 1', 'theirs'],
  ]);
  expect(text).toContain(
    'moved has no rank: model.safetensors beside it is not what was measured: its hash is another',
  );
  const page = await readFile(at('board.html'), 'utf8');
  expect(page).toContain('<h1>Ours</h1>');
  expect(page).toContain('Files that could not be read');
});

it('refuses what holds no result, and names without a hash', async () => {
  const none = await agoge('leaderboard', at('results', 'model.json'), '--out', at('none.html'));
  expect([none.code, none.stderr]).toEqual([
    2,
    expect.stringMatching(/model\.json" hold no result of agoge evaluate\n$/),
  ]);
  const wrong = await agoge('leaderboard', at('results'), '--out', at('x.html'), '--data-name', 'digits');
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('--data-name must be the sha256 of the images = a name'),
  ]);
});

it('agoge report tells a diagnosis of the model that is named', async () => {
  const check = { name: 'zero gradients', verdict: 'warning', measures: '', measured: 1, threshold: 0, source: 'ours' };
  const diagnosis = {
    checks: [{ ...check, says: 'None has one.', remedy: 'Look.' }],
    examples: 8,
    passes: { forwards: 1, backwards: 1 },
  };
  await writeFile(at('d.json'), JSON.stringify(diagnosis));
  const files = [at('results', 'a.json'), at('results', 'deep', 'b.json')];
  const told = await agoge('report', ...files, '--diagnosis', `b=${at('d.json')}`, '--out', at('report.html'));
  expect(told.code).toBe(0);
  expect(await readFile(at('report.html'), 'utf8')).toContain('<p>None has one.</p>');
  const whose = await agoge('report', ...files, '--diagnosis', at('d.json'), '--out', at('report.html'));
  expect([whose.code, whose.stderr]).toEqual([
    2,
    expect.stringContaining('--diagnosis must be model=file with one of "a", "b"'),
  ]);
  await writeFile(at('d.json'), JSON.stringify({ ...diagnosis, examples: 'many' }));
  const broken = await agoge('report', files[0], '--diagnosis', at('d.json'), '--out', at('report.html'));
  expect([broken.code, broken.stderr]).toEqual([
    2,
    expect.stringContaining('examples must be an integer >= 1, got "many"'),
  ]);
});
