import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readResult } from '../evaluation-result';
import { agoge, filesOf } from './command.fixture';

let folder: string;
const at = (...path: string[]) => join(folder, ...path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-recipe-'));
});
afterAll(() => rm(folder, { recursive: true }));

const drawn = (options: object) => ['--data', 'shapes', '--data-options', JSON.stringify(options)];
const grey = drawn({ examples: 160, size: 28, channels: 1, classes: 4 });
const coloured = drawn({ examples: 1100, size: 16, channels: 3, classes: 4 });
const train = (...rest: string[]) => ['--backend', 'onnx', 'train', ...rest];
const finished = ['checkpoint.json', 'model.json', 'model.safetensors', 'report.html', 'result.json'];
const all = (name: string) => [...finished, 'state-dict.safetensors'].map((file) => [name, file].join('/'));

/** Runs the command in a process of its own until stderr holds that text, and kills it. */
async function killedAt(text: string, argv: string[]): Promise<void> {
  const program = new URL('../../test/command.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
  const told: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    told.push(line);
    if (line.includes(text)) child.kill('SIGKILL');
  }
  expect(await ended, told.join('\n')).toBe('SIGKILL');
}

it('trains, measures and reports; killed, goes on to the same weights, dropout and all', {
  timeout: 300_000,
}, async () => {
  const run = train('--recipe', 'trades-mnist', '--scale', 'small', ...grey, '--epochs', '3', '--batch-size', '10');
  const whole = await agoge(...run, '--out', at('whole'));
  expect(whole.stderr).toContain("TRADES's SmallCNN on MNIST, small: width 4, 20 images, 3 epochs, batches of 10\n");
  expect(whole.stderr).toContain("not the source's: validation.options.steps: the source watches clean images alone\n");
  expect(whole.stderr).toMatch(/epoch 3\/3, loss [\d.]+, accuracy [\d.]+ %, probe [\d.]+ %, \d+ images\/s/);
  expect(whole.stderr).toContain('published: clean 99.48 %');
  expect(whole).toMatchObject({ code: 0, stdout: expect.stringContaining('attacked by pgd (40 steps), seed 0') });
  expect(await filesOf(folder)).toEqual(expect.arrayContaining(all('whole')));
  const { model, n } = readResult(await readFile(at('whole', 'result.json'), 'utf8'));
  expect(n).toBe(20);
  expect(model.training).toMatchObject({ recipe: 'trades-mnist', scale: 'small', seed: 0, data: { name: 'shapes' } });

  const begun = await agoge(...run, '--out', at('whole'));
  expect(begun).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('holds a run that was begun: go on with it'),
  });

  const stopped = [...run, '--out', at('stopped')];
  await killedAt('epoch 2/3', stopped);
  expect(await filesOf(at('stopped'))).not.toContain('model.json');
  expect((await agoge(...stopped, '--resume')).code).toBe(0);
  for (const file of ['model.safetensors', 'state-dict.safetensors']) {
    expect(await readFile(at('stopped', file))).toEqual(await readFile(at('whole', file)));
  }
});

it('keeps the best epoch by images held out; its folder and its weights are one model', {
  timeout: 300_000,
}, async () => {
  const rice = train('--recipe', 'rice-preactresnet18-cifar10', '--scale', 'tiny', ...coloured, '--epochs', '2');
  const { code, stderr } = await agoge(...rice, '--batch-size', '9', '--out', at('rice'));
  expect(stderr).toContain('tiny: width 1, 17 images, 16 held out, 2 epochs, batches of 9\n');
  expect(code).toBe(0);
  const description = JSON.parse(await readFile(at('rice', 'model.json'), 'utf8'));
  expect(description).toMatchObject({
    pixels: { mean: [0.4914, 0.4822, 0.4465] },
    training: { weights: 'best', schedule: { name: 'piecewise', options: { milestones: [1, 1.5] } } },
  });
  expect(description.history.best).toBeDefined();

  const measured = async (...model: string[]) => {
    const rest = [...coloured, '--eps', '4/255', '--n', '20', '--attack', 'apgd', '--json'];
    const { stdout, stderr } = await agoge('--backend', 'onnx', 'evaluate', ...model, ...rest);
    expect(stderr).not.toContain('agoge:');
    return readResult(stdout).records;
  };
  const weights = ['--model', 'preActResNet18', '--weights', at('rice', 'state-dict.safetensors')];
  const { mean, std } = description.pixels;
  const options = ['--arch-options', '{"width": 1}', '--mean', String(mean), '--std', String(std)];
  expect(await measured(...weights, ...options)).toEqual(await measured('--model', at('rice')));
});

it.each<[string, string[], string]>([
  [
    'a recipe that is none',
    ['--recipe', 'fast-mnits'],
    'agoge: unknown recipe "fast-mnits"; did you mean "fast-mnist"?',
  ],
  ['a scale without a recipe', ['--scale', 'tiny', '--eps', '1'], 'agoge train: --scale belongs to a recipe'],
  ['a scale that is none', ['--recipe', 'fast-mnist', '--scale', 'huge'], 'Allowed choices are full, small, tiny.'],
  [
    'what the recipe says',
    ['--recipe', 'fast-mnist', '--eps', '0.1'],
    'agoge train: --eps cannot be given with --recipe fast-mnist, which says it',
  ],
  [
    'generated images that it does not take',
    ['--recipe', 'fast-mnist', '--synthetic', 'a.npz'],
    'agoge train: --synthetic belongs to a recipe with generated images, got fast-mnist',
  ],
  [
    'a run to go on with that is nowhere',
    ['--recipe', 'fast-mnist', '--scale', 'tiny', ...grey, '--resume'],
    'fit: resume needs the checkpoint "checkpoint", which is not there',
  ],
  [
    'images of another form than the network takes',
    ['--recipe', 'fast-mnist', ...drawn({ size: 28, channels: 1, examples: 100 }), '--arch-options', '{"widht": 1}'],
    'fastAtCnn: unknown option "widht"; did you mean "width"?',
  ],
])('refuses %s', async (_, rest, message) => {
  const { code, stderr } = await agoge(...train(...rest, '--out', at('refused')));
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(await filesOf(folder)).not.toContain(expect.stringContaining('refused'));
});
