import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agoge, filesOf } from './command.fixture';

/** Contestants are programs that run on `dist`. */
const built = existsSync(new URL('../../dist/cli.js', import.meta.url));

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-bench-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The rows of a result. */
interface Row {
  suite: string;
  group: string;
  case: { row: string; attack?: string };
  results: Record<string, { times?: number[]; check?: number; error?: string }>;
}

async function read(file: string) {
  return JSON.parse(await readFile(at(file), 'utf8')) as { rows: Row[] } & Record<string, unknown>;
}

const wasm = ['bench', '--smoke', '--rounds', '1', '--backends', 'wasm,wasm-stock'];

it.skipIf(!built)(
  'writes rows, a page and tables, and says who is missing and what failed (needs a build)',
  async () => {
    const only = ['--only', 'lenet5,scaling/examples', '--python', 'no-such-python'];
    const { code, stdout, stderr } = await agoge(
      ...wasm,
      ...only,
      '--out',
      at('bench.json'),
      '--markdown',
      at('bench.md'),
    );
    expect(stderr).toContain('left out: PyTorch (no-such-python): spawn no-such-python ENOENT');
    expect(code, stderr).toBe(0);
    expect(await filesOf(folder)).toEqual(['bench.html', 'bench.json', 'bench.md']);
    const { rows, ...about } = await read('bench.json');
    expect(about).toMatchObject({
      schema: 'agoge/bench@1',
      versions: { '@agoge/core': expect.any(String) },
      machine: { node: process.versions.node },
      contestants: { wasm: expect.stringContaining('TensorFlow.js 4.22.0') },
      missing: { 'PyTorch (no-such-python)': expect.any(String) },
      left: [],
    });
    expect(rows.map(({ group, case: { row } }) => `${group}: ${row}`)).toEqual([
      'peak: product',
      ...['forward', 'input gradient', 'training step'].map((row) => `lenet5/4: ${row}`),
      ...['8 examples', '16 examples'].map((row) => `scaling/examples: ${row}`),
    ]);
    for (const { results } of rows) expect(results.wasm.times).toEqual([expect.any(Number)]);
    expect(rows[1].results.wasm.check).toBeGreaterThan(0);
    expect(stdout).toMatch(/held against the first contestant’s: 2, of which 2 agree/);
    expect(rows[3].results['wasm-stock'].error).toMatch(/Conv2DBackpropFilter/);
    expect(stdout).toMatch(/^\nLeNet5, batch 4\n/);
    expect(stdout).toMatch(/training step +wasm .*\n +wasm-stock +failed/);
    expect(await readFile(at('bench.md'), 'utf8')).toContain('### LeNet5, batch 4');
    expect(await readFile(at('bench.html'), 'utf8')).toContain('speed, wasm = 1');
  },
);

it.skipIf(!built)('stops where its time is up, and tells which rows it had none for (needs a build)', async () => {
  const out = ['--only', 'lenet5', '--python', 'no-such-python', '--limit', '0.1s', '--out', at('stopped.json')];
  const { code, stdout } = await agoge(...wasm, ...out);
  expect(code).toBe(0);
  expect(stdout).toContain(
    'no time for LeNet5, batch 4: forward, input gradient, input gradient, weights fed, training step\n',
  );
  expect((await read('stopped.json')).left).toHaveLength(5);
});

it.each([
  [['bench', '--only', 'vgg'], 'agoge bench: --only must be among networks, kernels, training, attacks, data, scaling'],
  [['bench', '--place', 'tfjs=x'], 'agoge bench: --place must be of tfjs-node, tfjs-data, photograph, got "tfjs"'],
  [['bench', '--rounds', '0'], 'It must be a whole number of at least 1.'],
])('refuses %j', async (argv, message) => {
  expect(await agoge(...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});

const full = process.env.AGOGE_TEST === 'full';
const torch = (() => {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!full || !built)(
  'runs every suite with what this machine has (needs AGOGE_TEST=full and a build)',
  async () => {
    const python = torch ? '/usr/bin/python3' : 'no-such-python';
    const all = ['bench', '--smoke', '--rounds', '1', '--limit', '20m', '--python', python, '--out', at('all.json')];
    const { code, stderr, stdout } = await agoge(...all);
    expect(code, stderr).toBe(0);
    const { rows, left } = await read('all.json');
    expect(left).toEqual([]);
    expect(new Set(rows.map(({ suite }) => suite)).size).toBe(7);
    const failed = rows.flatMap(({ case: asked, results }) =>
      Object.entries(results).flatMap(([name, { error }]) =>
        error === undefined || name === 'wasm-stock' ? [] : [`${name}, ${asked.row}: ${error}`],
      ),
    );
    expect(failed).toEqual([]);
    if (!torch) return;
    const attacked = rows.filter(({ case: { attack } }) => attack !== undefined && attack !== 'fabTargeted');
    for (const { results } of attacked)
      expect(Object.keys(results)).toContainEqual(expect.stringMatching(/^PyTorch \d/));
    expect(stdout).toContain('images/s');
    expect(stdout).not.toContain('≠');
  },
  1_200_000,
);
