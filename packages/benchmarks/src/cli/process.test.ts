import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesOf } from './command.fixture';

const bin = fileURLToPath(new URL('../../../agoge/bin/agoge.js', import.meta.url));
const built = existsSync(new URL('../../dist/cli.js', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agoge-process-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The built command in a process of its own; `interruptAt` sends Ctrl-C once stderr holds that text. */
function agoge(argv: string[], interruptAt?: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...argv], { cwd: folder });
  const [stdout, stderr]: string[][] = [[], []];
  child.stdout.on('data', (data) => stdout.push(String(data)));
  let pending = interruptAt;
  child.stderr.on('data', (data) => {
    stderr.push(String(data));
    if (pending === undefined || !stderr.join('').includes(pending)) return;
    pending = undefined;
    child.kill('SIGINT');
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout: stdout.join(''), stderr: stderr.join('') }));
  });
}

it.skipIf(!built)('exits with 0 and 2 (needs a build)', async () => {
  const [version, unknown, missing] = await Promise.all([
    agoge(['--version']),
    agoge(['demo', '--speed', '9']),
    agoge(['evaluate', '--model', 'nowhere', '--eps', '0.1']),
  ]);
  expect(version).toMatchObject({ code: 0, stderr: '' });
  expect(unknown).toMatchObject({
    code: 2,
    stdout: '',
    stderr: "agoge: unknown option '--speed' (Did you mean --seed?)\n",
  });
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  // A backend that does not start may have told the console of it first.
  expect(missing.stderr).toMatch(/^backend: .*\nagoge: --model "nowhere" cannot be read: there is no such file\n$/m);
});

it.skipIf(!built)('says nothing when nobody reads its help to the end (needs a build)', async () => {
  const script = `"$0" "$1" evaluate --help | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script, process.execPath, bin]);
  expect({ stdout, stderr }).toEqual({ stdout: '141\n', stderr: '' });
});

it.skipIf(!built)('ends at the next step on Ctrl-C, with 130 and no half-written file (needs a build)', async () => {
  const { code, stderr } = await agoge(['train', '--eps', '0.1', '--out', 'run'], 'epoch 1/');
  expect(code).toBe(130);
  expect(stderr).toMatch(/interrupted\n$/);
  const files = await filesOf(join(folder, 'run'));
  expect(files.filter((name) => !name.startsWith('checkpoint.'))).toEqual([]);
});
