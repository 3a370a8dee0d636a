import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const program = new URL('../../test/program.mjs', import.meta.url).pathname;
const run = new URL('../../test/long-stream.ts', import.meta.url).pathname;

it('100,000 examples take the memory of a block', { timeout: 300_000 }, async () => {
  const execArgv = ['--max-old-space-size=128', '--expose-gc'];
  const child = fork(program, [run, 'longStream', '100000'], { execArgv });
  const ended = once(child, 'exit');
  const [{ heap, ...told }] = await once(child, 'message');
  expect(told).toEqual({ told: 100_000, broken: 50_000, held: 0, summary: 50_000 });
  expect(await ended).toEqual([0, null]);
  expect(heap).toHaveLength(100);
  // Records that are held take some 20 MB.
  expect(Math.max(...heap.slice(10)) - heap[9]).toBeLessThan(4e6);
});
