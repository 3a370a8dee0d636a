import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const child = fileURLToPath(new URL('child.mjs', import.meta.url));

/** Runs a function of a file beside this one in a process of its own, and gives its result. */
export async function inChild<T>(file: string, name: string, options: object): Promise<T> {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const parameters = ['--expose-gc', child, program, name, JSON.stringify(options)];
  const { stdout, stderr } = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, complaints] = await Promise.all([text(stdout), text(stderr)]);
  const last = printed.trim().split('\n').at(-1) ?? '';
  if (!/^[[{]/.test(last)) throw new Error(`${file} ${name} gave no result:\n${printed}${complaints}`);
  return JSON.parse(last);
}
