import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './cli';
import { agoge, filesOf, savedByTfjs } from './cli/command.fixture';
import { readResult } from './evaluation-result';

let folder: string;
const at = (...path: string[]) => join(folder, ...path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the demo, small', () => {
  const small = ['--epochs', '1', '--examples', '24', '--seed', '4'];

  // Eight trainings and eight evaluations, each network compiled anew: half a minute of two cores, minutes where they are shared.
  it('trains, attacks, measures and reports; its numbers repeat with the seed', { timeout: 300_000 }, async () => {
    const first = await agoge('demo', ...small, '--out', at('demo'), '--json');
    expect(first.stderr).toMatch(/^backend: onnx \(ONNX Runtime 1\.30\.0, \d+ threads?\): the fastest that started$/m);
    expect(first.stderr).toContain('epoch 1/1');
    expect(first.code).toBe(0);
    const results = (JSON.parse(first.stdout) as unknown[]).map((each) => readResult(JSON.stringify(each)));
    expect(results.map(({ model }) => model.name)).toEqual(['standard-relu', 'at-relu', 'at-silu', 'at-pssilu']);
    expect(results[3].model.learned).toMatchObject([{ name: 'pssilu/alpha' }, { name: 'pssilu/beta' }]);
    expect(await filesOf(at('demo'))).toEqual(
      [
        ...results.flatMap(({ model: { name } }) =>
          ['model.json', 'model.safetensors', 'result.json'].map((file) => join(name, file)),
        ),
        'report.html',
      ].sort(),
    );
    const report = await readFile(at('demo', 'report.html'), 'utf8');
    expect(report).toContain('at-pssilu');
    expect(first.stderr).toContain(`report: file://${at('demo', 'report.html')}`);

    const second = await agoge('demo', ...small, '--out', at('again'));
    expect(second.stdout).toMatch(/model +clean +after pgd +after apgd +robust +95 % interval +learned\n/);
    expect(second.stdout).toContain(
      '24 images, linf eps 0.2, attacked by pgd (40 steps) then apgd (100 steps), seed 4',
    );
    for (const { model, run: _, ...numbers } of results) {
      const other = readResult(await readFile(at('again', model.name, 'result.json'), 'utf8'));
      expect({ ...other, run: undefined, model: undefined }).toEqual({ ...numbers, run: undefined, model: undefined });
      expect(other.model.weights).toEqual(model.weights);
    }
  });
});

// A minute of a machine that is shared.
describe('train, evaluate, attack, report', { timeout: 180_000 }, () => {
  const train = [
    'train',
    '--arch-options',
    '{"width": 4}',
    '--activation',
    'pssilu',
    '--eps',
    '0.1',
    '--validate',
    '20',
  ];

  it('work on one another', async () => {
    const trained = await agoge(...train, '--epochs', '2', '--out', at('run'));
    expect(trained).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/run: loss .*, clean .* %, robust .* %\n/),
    });

    const evaluated = await agoge(
      'evaluate',
      '--model',
      at('run'),
      '--eps',
      '1/10',
      '--examples',
      '20',
      '--out',
      at('r.json'),
    );
    expect(evaluated).toMatchObject({ code: 0, stdout: expect.stringContaining('20 images, linf eps 0.1') });
    expect(evaluated.stderr).toContain('warning: run: with 20 examples');
    const result = readResult(await readFile(at('r.json'), 'utf8'));
    expect(result.model).toMatchObject({ name: 'run', activation: { name: 'pssilu' } });
    expect(result.run.command).toBe(
      `agoge evaluate --model ${at('run')} --eps 1/10 --examples 20 --out ${at('r.json')}`,
    );

    const attacked = await agoge(
      'attack',
      '--model',
      at('run'),
      '--eps',
      '0.3',
      '--examples',
      '2',
      '--from',
      '5',
      '--out',
      at('png'),
    );
    expect(
      attacked.stdout
        .split('\n')
        .slice(2, 4)
        .map((line) => line.slice(0, 1)),
    ).toEqual(['5', '6']);
    expect(await filesOf(at('png'))).toHaveLength(6);
    const image = decode(await readFile(at('png', '00005-attacked.png')));
    expect([image.width, image.height, image.channels]).toEqual([8, 8, 1]);

    const reported = await agoge('report', at('r.json'), at('run'), '--title', 'A & B', '--out', at('report.html'));
    expect(reported).toMatchObject({ code: 0, stdout: `file://${at('report.html')}\n` });
    const page = await readFile(at('report.html'), 'utf8');
    expect(page).toContain('<h1>A &amp; B</h1>');
    expect(page).toContain('pssilu (alpha');
    expect(page).toContain('Training loss');
  });

  it('resumes to the same weights, and refuses a checkpoint that is cut short', async () => {
    const weights = (name: string) => readFile(at(name, 'model.safetensors'));
    const small = [...train, '--objective', 'trades', '--objective-options', '{"steps": 1}', '--epochs', '2'];
    expect((await agoge(...small, '--out', at('whole'))).code).toBe(0);

    const stopped = at('stopped');
    const run = agoge(...small, '--out', stopped);
    while (!existsSync(join(stopped, 'checkpoint.json'))) await new Promise((resolve) => setTimeout(resolve, 5));
    process.emit('SIGINT');
    expect(await run).toMatchObject({ code: 130, stderr: expect.stringMatching(/interrupted\n$/) });
    expect(await filesOf(stopped)).not.toContain('model.json');
    expect((await filesOf(stopped)).filter((name) => name.includes('unfinished'))).toEqual([]);
    expect((await agoge(...small, '--out', stopped, '--resume')).code).toBe(0);
    expect(await weights('stopped')).toEqual(await weights('whole'));

    const [tensors = ''] = (await filesOf(stopped)).filter(
      (name) => name.startsWith('checkpoint.') && name.endsWith('.safetensors'),
    );
    await truncate(join(stopped, tensors), 100);
    const before = await weights('stopped');
    const cut = await agoge(...small, '--out', stopped, '--resume');
    expect(cut).toMatchObject({ code: 2, stderr: expect.stringContaining('is damaged: it has another sha256') });
    expect(await weights('stopped')).toEqual(before);
  });

  it('evaluates a LayersModel that tfjs saved, in its own pixel range', async () => {
    const model = await savedByTfjs(at('theirs'));
    const data = at('mine.json');
    const images = Array.from({ length: 3 * 64 }, (_, i) => (i * 37) % 256);
    await writeFile(
      data,
      JSON.stringify({ shape: [3, 8, 8, 1], bounds: [0, 255], classes: 10, images, labels: [0, 1, 2] }),
    );
    const { code, stdout, stderr } = await agoge(
      ...[
        'evaluate',
        '--model',
        model,
        '--data',
        data,
        '--bounds',
        '0,255',
        '--eps',
        '8',
        '--mean',
        '128',
        '--std',
        '64',
      ],
      ...['--attacks', 'fgsm', '--json'],
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('warning')]);
    expect(readResult(stdout)).toMatchObject({
      n: 3,
      threat: { norm: 'linf', eps: 8 },
      model: { format: 'layers-model' },
    });
  });

  it('evaluates a GraphModel, its softmax left out', async () => {
    const graph = new URL('../../../examples/graph-model/model/', import.meta.url).pathname;
    const { code, stdout, stderr } = await agoge(
      'evaluate',
      '--model',
      graph,
      '--bounds',
      '0,1',
      '--eps',
      '0.1',
      '--attacks',
      'fgsm',
      '--json',
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('no-adaptive-attack')]);
    const { cleanAccuracy, robustAccuracy, model } = readResult(stdout);
    expect(model).toMatchObject({ name: 'model', format: 'graph-model' });
    expect(cleanAccuracy).toBeGreaterThan(0.8);
    expect(robustAccuracy).toBeLessThan(cleanAccuracy);
  });
});

it('prints help and version on stdout', async () => {
  expect(await agoge('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  for (const name of ['demo', 'train', 'evaluate', 'attack', 'report', 'data', 'doctor']) {
    const help = await agoge(name, '--help');
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`Examples:\n  agoge ${name}`) });
  }
});

it('calls a fault of its own internal, with exit code 1', async () => {
  const said: string[] = [];
  const stdout = {
    write() {
      throw new Error('out of paper');
    },
  };
  expect(await main(['demo', '--help'], { stdout, stderr: { write: (text) => said.push(text) } })).toBe(1);
  expect(said[0]).toBe('internal: out of paper\n');
});
