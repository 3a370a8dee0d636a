import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnosis } from '@agoge/attacks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agoge, savedByTfjs } from './command.fixture';

describe('agoge diagnose', () => {
  let folder: string;
  let model: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agoge-diagnose-'));
    model = await savedByTfjs(join(folder, 'model'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const diagnose = (...rest: string[]) =>
    agoge('--backend', 'wasm', 'diagnose', '--model', model, '--bounds', '0,1', '--examples', '4', ...rest);

  it('prints a table, or JSON, and exits with 1 on a warning alone', async () => {
    const printed = await diagnose('--eps', '0.1');
    expect(printed.stdout).toMatch(/^check +verdict +measured +warns above +what it means\n/);
    expect(printed.stdout).toMatch(/^randomised output +ok +0 /m);
    const json = await diagnose('--eps', '0.1', '--json');
    const { checks, examples } = JSON.parse(json.stdout) as Diagnosis;
    expect(examples).toBe(4);
    expect(json.code).toBe(checks.some(({ verdict }) => verdict === 'warning') ? 1 : 0);
    expect(json.code).toBe(printed.code);
  });

  it('names what it cannot take', async () => {
    expect(await diagnose('--eps', '0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('diagnose: eps must be a finite number > 0, got 0'),
    });
  });
});
