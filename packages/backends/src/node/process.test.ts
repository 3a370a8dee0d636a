import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../bin/agoge-doctor.js', import.meta.url));
const built = existsSync(new URL('../../dist/node.js', import.meta.url));

/** The built command in a process of its own; `unread` closes its stdout at the first line. */
function doctor(argv: string[], unread = false): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...argv]);
  const [stdout, stderr]: string[][] = [[], []];
  child.stdout.on('data', (data) => {
    stdout.push(String(data));
    if (unread) child.stdout.destroy();
  });
  child.stderr.on('data', (data) => stderr.push(String(data)));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout: stdout.join(''), stderr: stderr.join('') }));
  });
}

const maxPool = ['--backend', 'wasm', '--no-speed', '--kernel', 'MaxPoolGrad'];

it.skipIf(!built)('exits with 0, 1 and 2 (needs a build)', async () => {
  const [sound, faulty, refused] = await Promise.all([
    doctor(maxPool),
    doctor([...maxPool, '--no-repair', '--json']),
    doctor(['--speed']),
  ]);
  expect(sound.code).toBe(0);
  expect(sound.stdout).toMatch(/1 kernel conforms, 0 faulty, 0 missing \(.*\)\n$/);
  expect(faulty.code).toBe(1);
  expect(JSON.parse(faulty.stdout)).toMatchObject({ faulty: 1 });
  expect(refused).toMatchObject({ code: 2, stdout: '', stderr: "agoge-doctor: Unknown option '--speed'\n" });
});

it.skipIf(!built)('ends quietly when nobody reads on, as `agoge-doctor | head` does (needs a build)', async () => {
  const { code, stderr } = await doctor(['--backend', 'cpu', '--no-speed'], true);
  expect(code).toBe(141);
  expect(stderr).not.toMatch(/EPIPE|internal/);
});
