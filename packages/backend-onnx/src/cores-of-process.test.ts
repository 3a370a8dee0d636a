import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { coresOfProcess } from './cores-of-process';

const folder = mkdtempSync(join(tmpdir(), 'agoge-cores-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('counts processors that share a core once', () => {
  for (const [i, siblings] of ['0-1', '0-1'].entries()) {
    mkdirSync(join(folder, `cpu${i}/topology`), { recursive: true });
    writeFileSync(join(folder, `cpu${i}/topology/thread_siblings_list`), `${siblings}\n`);
  }
  mkdirSync(join(folder, 'cpufreq'));
  expect(coresOfProcess(folder)).toBe(1);
});

it('counts every processor where nothing tells of cores', () => {
  expect(coresOfProcess(join(folder, 'nowhere'))).toBe(availableParallelism());
});
