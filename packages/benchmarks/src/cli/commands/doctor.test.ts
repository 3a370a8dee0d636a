import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agoge } from '../command.fixture';

const maxPool = ['doctor', '--backend', 'wasm', '--no-speed', '--kernel', 'MaxPoolGrad'];

it('exits with 1 on a stock backend with a fault, and with 0 on the same repaired', async () => {
  const stock = await agoge(...maxPool, '--no-repair', '--json');
  expect([stock.code, stock.stderr]).toEqual([1, '']);
  expect(JSON.parse(stock.stdout)).toMatchObject({ backend: 'wasm', repaired: false, conforming: 0, faulty: 1 });

  const repaired = await agoge(...maxPool);
  expect([repaired.code, repaired.stderr]).toEqual([0, '']);
  expect(repaired.stdout).toMatch(/\nMaxPoolGrad +conforms .*\n\n1 kernel conforms, 0 faulty, 0 missing \(.*\)\n$/);
});

it('refuses a kernel that it has no cases of', async () => {
  const { code, stdout, stderr } = await agoge('doctor', '--kernel', 'AvgPolGrad');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('unknown kernel "AvgPolGrad"; did you mean "AvgPoolGrad"?');
});

it('sets the threads of onnx, and dumps its models', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agoge-models-'));
  const models = join(folder, 'models');
  const { code, stdout, stderr } = await agoge(
    ...['--threads', '1', 'doctor', '--kernel', 'Neg', '--no-speed', '--dump', models],
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^backend: onnx \(ONNX Runtime 1\.30\.0, 1 thread\): asked for; repaired\n/);
  expect(stdout.endsWith(`\nmodels: ${models}\n`)).toBe(true);
  const files = await readdir(models);
  await rm(folder, { recursive: true });
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((name) => !/^\d{4}-\d+-kernels?-.*\bNeg\b.*-[\da-f]{8}\.onnx$/.test(name))).toEqual([]);
});

it.each<[string[], string]>([
  [['--provider', 'abacus'], 'configureOnnx: providers: this onnxruntime-node has cpu'],
  [['--backend', 'wasm', '--threads', '2'], 'useBackend: onnx holds settings of the onnx backend, got them for wasm'],
  [['--threads', '0'], "argument '0' is invalid. It must be a whole number of at least 1."],
])('refuses %j in one line', async (global, message) => {
  const { code, stdout, stderr } = await agoge(...global, 'doctor', '--kernel', 'Neg');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr.trimEnd()).not.toContain('\n');
});
