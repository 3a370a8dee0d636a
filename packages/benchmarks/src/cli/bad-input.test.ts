import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agoge, filesOf, savedByTfjs } from './command.fixture';

let folder: string;
const at = (...path: string[]) => join(folder, ...path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('bad input: one line that names it, exit code 2, no file', () => {
  const data = { shape: [1, 8, 8, 1], bounds: [0, 1], classes: 10, images: Array(64).fill(0.5), labels: [1] };
  let model: string;
  let empty: string;

  beforeAll(async () => {
    model = await savedByTfjs(at('model'));
    empty = at('empty');
    await mkdir(empty);
    const broken = await savedByTfjs(at('broken'));
    await truncate(join(broken, '..', 'weights.bin'), 100);
    await savedByTfjs(at('lost'));
    await rm(at('lost', 'weights.bin'));
    await writeFile(at('cut.json'), '{"format": "layers-model", "modelTop');
    await savedByTfjs(at('nan'));
    await writeFile(at('nan', 'weights.bin'), new Uint8Array(new Float32Array(650).fill(Number.NaN).buffer));
    const files = {
      labels: { ...data, labels: [10] },
      length: { ...data, labels: [1, 2] },
      bounds: { ...data, images: Array(64).fill(1.5) },
      rank: { ...data, shape: [8, 8, 1] },
      none: { ...data, shape: [0, 8, 8, 1], images: [], labels: [] },
      key: { ...data, pixels: [] },
      holes: { ...data, images: [null, ...Array(63).fill(0)] },
      grey: { ...data, bounds: [0, 255] },
    };
    for (const [name, value] of Object.entries(files)) await writeFile(at(`${name}.json`), JSON.stringify(value));
    await writeFile(at('pixels.json'), JSON.stringify(data).replace('0.5', 'NaN'));
  });

  const evaluate = (...rest: string[]) => ['evaluate', '--model', model, '--bounds', '0,1', '--eps', '0.1', ...rest];
  const withData = (name: string) => evaluate('--data', at(`${name}.json`));

  it.each<[string, () => string[], string]>([
    ['an unknown command', () => ['evalute'], "agoge: unknown command 'evalute' (Did you mean evaluate?)"],
    ['an unknown option', () => evaluate('--epsilon', '1'), "agoge: unknown option '--epsilon'"],
    ['no eps', () => ['evaluate', '--model', model], "agoge: required option '--eps <number>' not specified"],
    ['eps below 0', () => evaluate('--eps', '-0.3'), 'pgdAttack: eps must be a finite number >= 0, got -0.3'],
    ['eps NaN', () => evaluate('--eps', 'NaN'), "agoge: option '--eps <number>' argument 'NaN' is invalid. It must be"],
    ['eps of letters', () => evaluate('--eps', 'abc'), "agoge: option '--eps <number>' argument 'abc' is invalid."],
    [
      'an unknown norm',
      () => evaluate('--norm', 'l7'),
      "argument 'l7' is invalid. Allowed choices are linf, l2, l1, l0.",
    ],
    ['an unknown attack', () => evaluate('--attacks', 'pgdd'), 'agoge: unknown attack "pgdd"; did you mean "pgd"?'],
    ['an unknown backend', () => ['--backend', 'wsam', ...evaluate()], 'useBackend: name must be one of "auto"'],
    ['a backend of browsers', () => ['--backend', 'webgl', ...evaluate()], 'useBackend: webgl did not start: '],
    [
      'an unknown data set',
      () => evaluate('--data', 'digit'),
      'agoge: unknown data set "digit"; did you mean "digits"?',
    ],
    ['an unknown split', () => evaluate('--split', 'tset'), 'digits: split must be one of "train", "test", got "tset"'],
    ['too many examples', () => evaluate('--examples', '361'), 'runAttacks: examples must be at most the 360'],
    [
      'no examples',
      () => evaluate('--examples', '0'),
      "argument '0' is invalid. It must be a whole number of at least 1.",
    ],
    [
      'no such data',
      () => evaluate('--data', at('nowhere.json')),
      'nowhere.json" cannot be read: there is no such file',
    ],
    ['labels outside the classes', () => withData('labels'), 'labels must be whole numbers from 0 to 9, got 10'],
    [
      'labels of another length',
      () => withData('length'),
      'fromArrays: y must have shape [1] (one label per image), got [2]',
    ],
    [
      'pixels outside the bounds',
      () => withData('bounds'),
      'row 0, column 0, channel 0 must be within bounds [0, 1], got 1.5',
    ],
    ['pixels that are NaN', () => withData('pixels'), 'pixels.json: is not JSON'],
    ['pixels that are null', () => withData('holes'), 'holes.json: images must be an array of numbers'],
    ['images of rank 3', () => withData('rank'), 'images must have shape [n, height, width, channels], got [8, 8, 1]'],
    ['no images', () => withData('none'), 'none.json: holds no images: its shape is [0, 8, 8, 1]'],
    ['an unknown key', () => withData('key'), 'key.json: pixels is unknown'],
    [
      'bounds of another range',
      () => withData('grey'),
      "runAttacks: data must have the model's bounds [0, 1], got [0, 255]",
    ],
    ['no such model', () => evaluate('--model', at('nowhere')), 'nowhere" cannot be read: there is no such file'],
    ['a folder without a model', () => evaluate('--model', empty), 'model.json" cannot be read: there is no such file'],
    ['a model cut short', () => evaluate('--model', at('cut.json')), 'cut.json: is not JSON'],
    [
      'weights cut short',
      () => evaluate('--model', at('broken')),
      'its weights weights.bin are cut short: 100 bytes, not 2600',
    ],
    ['weights missing', () => evaluate('--model', at('lost')), 'its file of weights "weights.bin" is missing'],
    ['a model that is none', () => evaluate('--model', at('grey.json')), 'grey.json: is not a model'],
    ['a model of NaN', () => evaluate('--model', at('nan')), 'must return finite logits, got NaN'],
    ['no bounds', () => ['evaluate', '--model', model, '--eps', '0.1'], 'agoge: --bounds must be given for'],
    ['bounds upside down', () => evaluate('--bounds', '1,0'), 'fromLayersModel: bounds must be'],
    [
      'an unwritable place',
      () => evaluate('--out', at('cut.json', 'r.json')),
      'agoge: --out must be a place that can be written to',
    ],
    ['a folder for a file', () => evaluate('--out', empty), 'agoge: --out must be the path of a file'],
    [
      'a file for a folder',
      () => ['train', '--eps', '0.1', '--out', at('cut.json')],
      'agoge: --out must be the path of a folder',
    ],
    [
      'an unknown objective',
      () => ['train', '--objective', 'pgd', '--eps', '1', '--out', at('x')],
      'agoge: unknown objective "pgd"',
    ],
    ['training without eps', () => ['train', '--out', at('x')], 'agoge train: --objective at needs --eps, such as'],
    [
      'an unknown architecture',
      () => ['train', '--eps', '1', '--arch', 'vgg', '--out', at('x')],
      'unknown architecture "vgg"',
    ],
    [
      'an unknown option of it',
      () => ['train', '--eps', '1', '--arch-options', '{"widht": 2}', '--out', at('x')],
      'smallCnn: unknown option "widht"; did you mean "width"?',
    ],
    [
      'options that are no JSON',
      () => ['train', '--eps', '1', '--arch-options', 'width=2', '--out', at('x')],
      'It must be a JSON object',
    ],
    [
      'an unknown activation',
      () => ['train', '--eps', '1', '--activation', 'gelux', '--out', at('x')],
      'unknown activation "gelux"',
    ],
    ['nothing to resume', () => ['train', '--eps', '1', '--resume', '--out', at('x')], 'checkpoint'],
    [
      'no result to report',
      () => ['report', at('nowhere.json')],
      'nowhere.json" cannot be read: there is no such file',
    ],
    ['a result that is none', () => ['report', at('grey.json'), '--out', at('x.html')], 'grey.json: shape is unknown'],
  ])('%s', async (_, argv, message) => {
    const before = await filesOf(folder);
    const { code, stdout, stderr } = await agoge(...argv());
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/^ +at |internal:/m);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith('backend: ')),
    ).toHaveLength(1);
    expect(await filesOf(folder)).toEqual(before);
  });

  it('shows the stack with --verbose', async () => {
    const { code, stderr } = await agoge('--verbose', 'report', at('nowhere.json'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^ +at /m);
  });
});
