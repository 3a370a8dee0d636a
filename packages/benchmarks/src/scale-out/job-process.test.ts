import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { makeJob } from './job';
import { type JobProcess, type JobProcessOptions, JobRefused, jobProcess } from './job-process';
import { isThere, kill } from './processes.fixture';

const folder = mkdtempSync(join(tmpdir(), 'agoge-job-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const worker: { current?: JobProcess } = {};
afterEach(() => worker.current?.end());

const program = join(folder, 'program.mjs');
// What it does with a job stands in the job.
writeFileSync(
  program,
  `const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  await wait(Number(process.argv[2] ?? 0));
  const parts = {
    answer: () => process.send({ done: 'id' }),
    refuse: (hope) => process.send({ failed: { message: 'no', hope } }),
    leave: () => { console.error('out of memory'); process.exit(3); },
    signs: async (n) => { for (let i = 0; i < n; i++) { await wait(50); process.send({ progress: { done: i, total: n } }); } },
    lines: async (n) => { for (let i = 0; i < n; i++) { await wait(50); console.error('still here'); } },
    nothing: () => new Promise(() => {}),
  };
  process.on('message', async ({ job: { options } }) => {
    for (const [part, value] of Object.entries(options)) await parts[part](value);
  });
  process.send({ ready: true });`,
);
const job = (options: Record<string, unknown>) => makeJob({ kind: 'test', options, hashes: {} });
const onProgress = () => undefined;
/** A process for jobs, ended with its test. */
function hire(options: Partial<JobProcessOptions> = {}) {
  const places = { folder, cache: folder, modules: false };
  worker.current = jobProcess({ places, program: [program], ...options });
  return worker.current;
}
it('runs one job after another in one process, and tells how far each is', async () => {
  const process = hire();
  const shares: number[] = [];
  const told = ({ done, total }: { done: number; total: number }) => shares.push(done / total);
  await process.run(job({ signs: 2, answer: true }), { onProgress: told });
  const { pid } = process;
  await process.run(job({ answer: true }), { onProgress: told });
  expect(process.pid).toBe(pid);
  expect(shares).toEqual([0, 0.5]);
});

it('says how its process ended, and runs the next job in another', async () => {
  const process = hire();
  await expect(process.run(job({ leave: true }), { onProgress })).rejects.toThrow('ended with code 3 (out of memory)');
  const { pid } = process;
  await process.run(job({ answer: true }), { onProgress });
  expect(process.pid).not.toBe(pid);
});

it.each([
  ['while it starts', ['60000'], { answer: true }],
  ['at work', [], { signs: 1, nothing: true }],
])('a process that is killed %s fails its job, and no other', async (_, args, work) => {
  const process = hire({ program: [program, ...args] });
  const running = expect(process.run(job(work), { onProgress: () => kill(process.pid) })).rejects.toThrow(
    'was killed by SIGKILL',
  );
  if (args.length > 0) await vi.waitUntil(() => kill(process.pid));
  await running;
});

it('a process that is killed between jobs fails none', async () => {
  const process = hire();
  await process.run(job({ answer: true }), { onProgress });
  const { pid } = process;
  kill(pid);
  await vi.waitUntil(() => !isThere(pid));
  await process.run(job({ answer: true }), { onProgress });
  expect(process.pid).not.toBe(pid);
});

it.each([
  ['at work', [], { nothing: true }],
  ['after it gave some', [], { signs: 2, nothing: true }],
  ['from the start', ['60000'], { answer: true }],
])('a process that gives no sign %s is given up and ended', async (_, args, work) => {
  const process = hire({ program: [program, ...args], silence: 0.8 });
  await expect(process.run(job(work), { onProgress })).rejects.toThrow('gave no sign for 0.8 s');
  expect(isThere(process.pid)).toBe(false);
});

it.each(['signs', 'lines'])('a process that gives %s may take longer than it may be silent', async (kind) => {
  const process = hire({ silence: 1.5 });
  const began = performance.now();
  await process.run(job({ [kind]: 50, answer: true }), { onProgress });
  expect(performance.now() - began).toBeGreaterThan(1500);
});

it('tells what may succeed again from what will not', async () => {
  const process = hire();
  const failed = async (hope: string) => process.run(job({ refuse: hope }), { onProgress }).catch((error) => error);
  expect(await failed('again')).not.toBeInstanceOf(JobRefused);
  expect(await failed('elsewhere')).toMatchObject({ name: 'JobRefused', message: 'no', hope: 'elsewhere' });
  expect(await failed('none')).toMatchObject({ name: 'JobRefused', hope: 'none' });
});

it('ends with its process when it is told to', async () => {
  const process = hire();
  const controller = new AbortController();
  const reins = { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) };
  await expect(process.run(job({ signs: 1, nothing: true }), reins)).rejects.toThrow('enough');
  expect(isThere(process.pid)).toBe(false);
  await expect(process.run(job({ answer: true }), reins)).rejects.toThrow('enough');
});
