import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { corrupt, digits } from '@agoge/datasets';
import { decode, encode } from 'fast-png';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSummary } from '../../data-summary';
import { agoge, filesOf } from '../command.fixture';

let folder: string;
const at = (...path: string[]) => join(folder, ...path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

const data = digits({ split: 'test' });
const images = new Float32Array(data.examples * 64);
data.read(Uint32Array.from(data.labels.keys()), images);
const imageOf = (row: number) => images.subarray(row * 64, (row + 1) * 64);

const figuresOf = (values: Float32Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
};
const summaryIn = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as DataSummary;
/** The images of a page or SVG, by the titles they have there. */
async function shownIn(path: string): Promise<Map<string, number[]>> {
  const { document } = parseHTML(`<!doctype html><body>${await readFile(path, 'utf8')}</body>`);
  return new Map(
    [...document.querySelectorAll('image')].map((image) => {
      const bytes = Uint8Array.from(atob((image.getAttribute('href') ?? '').split(',')[1]), (each) =>
        each.charCodeAt(0),
      );
      return [image.querySelector('title')?.textContent ?? '', [...decode(bytes).data]];
    }),
  );
}
const bytesOf = (x: Float32Array) => [...x].map((value) => Math.round(255 * value));

it('prints what a set holds, and shows images of every class', async () => {
  const { code, stdout, stderr } = await agoge(
    ...['data', 'digits', '--n', '20', '--out', at('digits.svg'), '--json', at('digits.json')],
  );
  expect([code, stderr]).toEqual([0, expect.stringMatching(/sheet: file:.*digits\.svg\n$/)]);

  const counts = Array.from({ length: 10 }, (_, label) => data.labels.filter((each) => each === label).length);
  const truth = figuresOf(images);
  const summary = await summaryIn(at('digits.json'));
  expect(summary).toEqual({
    schema: 'agoge/data@1',
    name: 'digits',
    split: 'test',
    options: {},
    corruption: null,
    examples: 360,
    shape: [8, 8, 1],
    bounds: [0, 1],
    range: [0, 1],
    classes: counts.map((examples, label) => ({ label, name: String(label), examples })),
    examplesPerClass: { min: Math.min(...counts), max: Math.max(...counts) },
    channels: [{ mean: expect.closeTo(truth.mean, 12), std: expect.closeTo(truth.std, 12), min: 0, max: 1 }],
    hash: data.hash,
    licence: 'CC BY 4.0',
    home: 'https://doi.org/10.24432/C50P49',
  });
  expect(stdout).toContain('digits, test\n\nimages      360 of 8 x 8 x 1, 10 classes\nof a class  33 to 37\n');
  expect(stdout).toMatch(/grey +0\.30476 +0\.3782 +0 +1\n/);
  expect(stdout).toMatch(/\n8 +33 +9\.2 %\n/);
  expect(stdout).toContain(data.hash);

  const shown = await shownIn(at('digits.svg'));
  expect(shown.size).toBe(20);
  const labels = [...shown].map(([title, pixels]) => {
    const row = Number(title.replace('example ', ''));
    expect(pixels).toEqual(bytesOf(imageOf(row)));
    return data.labels[row];
  });
  expect(labels).toEqual(Array.from({ length: 20 }, (_, i) => Math.floor(i / 2)));
});

it('writes a page with the same figures, and with --json alone prints nothing else', async () => {
  const { code, stdout } = await agoge('data', 'digits', '--first', '50', '--out', at('page.html'), '--json');
  expect(code).toBe(0);
  const summary = JSON.parse(stdout) as DataSummary;
  expect(summary).toMatchObject({ examples: 50 });
  expect(summary.channels[0].mean).toBeCloseTo(figuresOf(images.subarray(0, 50 * 64)).mean, 12);
  const page = await readFile(at('page.html'), 'utf8');
  expect(page).toContain('<h1>digits, test</h1>');
  expect(page).toContain(summary.hash);
  expect(page).toContain(`agoge data digits --first 50 --out ${at('page.html')} --json`);
  expect(page).toContain('up to 6 images of a class, drawn by seed 0');
  expect(page).not.toMatch(/<script|https?:(?!\/\/(doi\.org\/|www\.w3\.org\/2000\/svg))/);
});

it('shows the same images corrupted, and measures those', async () => {
  const [plain, foggy] = [at('plain.svg'), at('foggy.svg')];
  await agoge('data', 'digits', '--first', '40', '--seed', '3', '--out', plain);
  const { code, stdout } = await agoge(
    ...['data', 'digits', '--first', '40', '--seed', '3', '--out', foggy],
    ...['--corruption', 'fog', '--severity', '4', '--json', at('foggy.json')],
  );
  expect([code, stdout]).toEqual([0, expect.stringContaining('digits, test, fog of severity 4\n')]);
  const [before, after] = [await shownIn(plain), await shownIn(foggy)];
  expect([...after.keys()]).toEqual([...before.keys()]);
  const spoilt = (row: number) =>
    corrupt(imageOf(row), [8, 8, 1], { corruption: 'fog', severity: 4, seed: 3, index: row });
  for (const [title, pixels] of after) {
    expect(pixels).toEqual(bytesOf(spoilt(Number(title.replace('example ', '')))));
  }
  const all = Float32Array.from({ length: 40 * 64 }, (_, i) => spoilt(Math.floor(i / 64))[i % 64]);
  const summary = await summaryIn(at('foggy.json'));
  expect(summary.corruption).toEqual({ name: 'fog', severity: 4, seed: 3 });
  expect(summary.channels[0].mean).toBeCloseTo(figuresOf(all).mean, 12);
  expect(summary.channels[0].std).toBeCloseTo(figuresOf(all).std, 12);
  expect(summary.hash).not.toBe(data.hash);
});

it('shows an image of every class beside its augmentations; the figures stay those of the data', async () => {
  const out = at('flipped.svg');
  const run = ['data', 'digits', '--n', '60', '--augment', 'flip', '--out', out, '--json', at('flipped.json')];
  expect((await agoge(...run)).code).toBe(0);
  expect((await summaryIn(at('flipped.json'))).hash).toBe(data.hash);
  const shown = await shownIn(out);
  expect(shown.size).toBe(60);
  const rows = [...shown.keys()].filter((title) => !title.includes(','));
  expect(rows).toHaveLength(10);
  const mirrored = (pixels: readonly number[]) => pixels.map((_, i) => pixels[i - (i % 8) + 7 - (i % 8)]);
  let flips = 0;
  for (const title of rows) {
    const own = shown.get(title) ?? [];
    for (let epoch = 0; epoch < 5; epoch++) {
      const augmented = shown.get(`${title}, augmented as in epoch ${epoch}`);
      const isFlipped = augmented?.join() === mirrored(own).join();
      expect(augmented).toEqual(isFlipped ? mirrored(own) : own);
      if (isFlipped) flips++;
    }
  }
  expect(flips).toBeGreaterThan(10);
  expect(flips).toBeLessThan(40);

  const again = await agoge(...run.slice(0, -4), '--out', at('again.svg'));
  expect(again.code).toBe(0);
  expect(await readFile(at('again.svg'), 'utf8')).toBe(await readFile(out, 'utf8'));
});

it('knows crop, cutout, autoaugment and randaugment, in any order', async () => {
  for (const names of ['crop,cutout', 'cutout,crop', 'autoaugment', 'randaugment']) {
    const out = at(`${names}.svg`);
    const { code } = await agoge('data', 'shapes', '--first', '12', '--n', '24', '--augment', names, '--out', out);
    expect(code).toBe(0);
    const shown = await shownIn(out);
    expect(shown.size).toBe(24);
    expect(new Set([...shown.values()].map((pixels) => pixels.join())).size).toBeGreaterThan(12);
  }
  expect(await readFile(at('crop,cutout.svg'), 'utf8')).not.toBe(await readFile(at('cutout,crop.svg'), 'utf8'));
});

it("takes a JSON file of one's own, in its own bounds, with a class that has no image", async () => {
  const pixels = Array.from({ length: 3 * 12 }, (_, i) => i * 7);
  const file = at('mine.json');
  const own = { shape: [3, 2, 2, 3], bounds: [0, 255], classes: 4, images: pixels, labels: [2, 0, 2] };
  await writeFile(file, JSON.stringify(own));
  const { code, stdout } = await agoge('data', file, '--out', at('mine.png'), '--json');
  expect(code).toBe(0);
  const summary = JSON.parse(stdout) as DataSummary;
  expect(summary).toMatchObject({ split: null, licence: null, bounds: [0, 255], range: [0, 245] });
  expect(summary.classes.map(({ examples }) => examples)).toEqual([1, 0, 2, 0]);
  const red = figuresOf(Float32Array.from(pixels.filter((_, i) => i % 3 === 0)));
  expect(summary.channels[0].mean).toBeCloseTo(red.mean, 10);
  expect(summary.channels[0].std).toBeCloseTo(red.std, 10);
  const { data: sheet, width } = decode(await readFile(at('mine.png')));
  // The class 0 comes first, and has the second image.
  expect([...sheet.subarray((2 * width + 2) * 3, (2 * width + 2) * 3 + 3)]).toEqual(pixels.slice(12, 15));

  const refused = await agoge('data', file, '--augment', 'flip', '--out', at('no.png'));
  expect(refused).toMatchObject({
    code: 2,
    stderr: 'agoge data: --augment needs images with bounds [0, 1], got [0, 255]\n',
  });
});

it('ends on Ctrl-C between batches, and leaves no file', async () => {
  const before = await filesOf(folder);
  const run = agoge('data', 'shapes', '--data-options', '{"examples": 1000000}', '--out', at('never.html'));
  setTimeout(() => process.emit('SIGINT'), 300);
  expect(await run).toMatchObject({ code: 130, stdout: '', stderr: expect.stringMatching(/interrupted\n$/) });
  expect(await filesOf(folder)).toEqual(before);
});

it('takes class folders whole, or one of them, prepared as JSON says', async () => {
  for (const [name, level] of Object.entries({ 'cat/1.png': 40, 'dog/1.png': 80, 'dog/2.png': 120 })) {
    const data = new Uint8Array(6 * 4 * 3).fill(level);
    await mkdir(dirname(at('pets', name)), { recursive: true });
    await writeFile(at('pets', name), encode({ width: 6, height: 4, channels: 3, data }));
  }
  const options = { preparation: { resize: 2, crop: 2, filter: 'bicubic' } };
  const run = ['data', 'imageFolder', '--data-dir', at('pets'), '--data-options', JSON.stringify(options)];
  const all = await agoge(...run, '--split', 'all', '--out', at('pets.svg'), '--json');
  expect([all.code, all.stderr]).toEqual([0, expect.stringContaining('sheet: ')]);
  expect(JSON.parse(all.stdout)).toMatchObject({
    ...{ name: 'imageFolder', split: 'all', options, examples: 3, shape: [2, 2, 3] },
    classes: [
      { name: 'cat', examples: 1 },
      { name: 'dog', examples: 2 },
    ],
    channels: Array(3).fill(expect.objectContaining({ mean: expect.closeTo(80 / 255, 6), min: Math.fround(40 / 255) })),
  });
  const none = await agoge(...run, '--out', at('none.svg'));
  expect([none.code, none.stdout]).toEqual([2, '']);
  expect(none.stderr).toContain(
    'in a folder "test"; there is "cat", "dog": without split (--split all) these are the classes',
  );
});

describe('refuses in one line, and writes nothing', () => {
  it.each<[string[], string]>([
    [[], "agoge: missing required argument 'name'"],
    [['digts'], 'agoge: unknown data set "digts"; did you mean "digits"?'],
    [['digits', '--split', 'tset'], 'digits: split must be one of "train", "test", got "tset"'],
    [['digits', '--n', '0'], "option '--n <n>' argument '0' is invalid. It must be a whole number from 1 to 10000."],
    [['digits', '--first', '361'], 'agoge data: --first must be an integer >= 1 and <= 360, got 361'],
    [['digits', '--corruption', 'fogg'], 'agoge data: --corruption: unknown corruption "fogg"; did you mean "fog"?'],
    [
      ['digits', '--corruption', 'fog', '--severity', '6'],
      "argument '6' is invalid. It must be a whole number from 1 to 5.",
    ],
    [['digits', '--severity', '2'], 'agoge data: --severity belongs to --corruption, got --severity 2 alone'],
    [['digits', '--augment', 'flop'], 'agoge data: --augment: unknown augmentation "flop"; did you mean "flip"?'],
    [
      ['digits', '--out', 'sheet.gif'],
      'agoge data: --out must be a file that ends in .html, .png, .svg, got "sheet.gif"',
    ],
    [['digits', '--data-dir', '.'], 'agoge: --data-dir belongs to cifar10,'],
    [['digits', '--json', tmpdir()], 'agoge: --json must be the path of a file, got'],
  ])('%j', async (argv, message) => {
    const before = await filesOf(folder);
    const { code, stdout, stderr } = await agoge(
      'data',
      ...argv,
      ...(argv.includes('--out') ? [] : ['--out', at('x.png')]),
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(await filesOf(folder)).toEqual(before);
  });
});

const real = new URL('../../../../../../shared/datasets/', import.meta.url).pathname;

it.skipIf(!existsSync(join(real, 'mnist')))(
  'finds the published mean and deviation of MNIST (needs ../shared/datasets)',
  async () => {
    const { code, stdout } = await agoge(
      ...['data', 'mnist', '--split', 'train', '--data-dir', join(real, 'mnist'), '--json', '--out', at('mnist.png')],
    );
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as DataSummary;
    expect(summary).toMatchObject({
      examples: 60_000,
      examplesPerClass: { min: 5421, max: 6742 },
      licence: 'CC BY-SA 3.0',
    });
    expect(summary.channels[0].mean).toBeCloseTo(0.1307, 4);
    expect(summary.channels[0].std).toBeCloseTo(0.3081, 4);
  },
);
