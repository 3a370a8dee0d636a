import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundledCommand } from '../../test/bundled-command.mjs';
import { readResult, writeResult } from '../index';

const example = (name: string) => fileURLToPath(new URL(`../../../../examples/cluster/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'agoge-cluster-'));
const work = join(folder, 'work');
const shards = 2;
let environment: Record<string, string>;

/** Runs a program as the machines of a cluster would: `agoge` stands in the path, and its environment holds what is given. */
function run(command: string, args: readonly string[], env: Record<string, string> = {}): void {
  execFileSync(command, args, { cwd: folder, env: { ...environment, ...env }, stdio: 'pipe' });
}
/** Puts the parts together and removes them. */
function merged() {
  run('/bin/sh', ['-ec', 'agoge merge "$WORK"/result-*.json --out "$WORK/result.json" --report; rm "$WORK"/result-*']);
  return readResult(readFileSync(join(work, 'result.json'), 'utf8'));
}

beforeAll(async () => {
  const program = await bundledCommand('cluster');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // The command lines as they stand, on fewer images.
  const fewer = 'if [ "$1" = evaluate ]; then set -- "$@" --n 64; fi';
  const agoge = `#!/bin/sh\n${fewer}\nexec "${process.execPath}" "${program}" --backend cpu "$@"\n`;
  writeFileSync(join(bin, 'agoge'), agoge);
  chmodSync(join(bin, 'agoge'), 0o755);
  environment = { PATH: `${bin}:${process.env.PATH}`, WORK: work, AGOGE_BUILD: 'cluster.test' };
  const model = ['--objective', 'standard', '--epochs', '1', '--validate', '0', '--arch-options', '{"width": 2}'];
  run('agoge', ['train', ...model, '--out', join(work, 'model')]);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Manifest {
  spec: {
    completionMode: string;
    completions: number;
    template: { spec: { containers: { command: string[]; args: string[]; env: { name: string; value: string }[] }[] } };
  };
}

describe(`in ${shards} parts`, () => {
  it('the Kubernetes Job and the Slurm array give one and the same result', { timeout: 300_000 }, () => {
    const { spec } = parse(readFileSync(example('kubernetes-job.yaml'), 'utf8')) as Manifest;
    const [{ command, args, env }] = spec.template.spec.containers;
    const given = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    expect(spec).toMatchObject({ completionMode: 'Indexed', completions: Number(given.SHARDS) });
    const pods = { ...given, WORK: work, SHARDS: String(shards) };
    const [shell, ...flags] = command;
    for (let index = 0; index < shards; index++) {
      run(shell, [...flags, ...args], { ...pods, JOB_COMPLETION_INDEX: String(index) });
    }
    const kubernetes = merged();
    expect(kubernetes.run.parts).toHaveLength(shards);
    expect(kubernetes.n).toBe(64);

    expect(readFileSync(example('slurm-array.sh'), 'utf8')).toMatch(/^#SBATCH --array=1-\d+$/m);
    for (let task = 1; task <= shards; task++) {
      run(example('slurm-array.sh'), [], { SLURM_ARRAY_TASK_ID: String(task), SLURM_ARRAY_TASK_COUNT: String(shards) });
    }
    const slurm = merged();
    expect(writeResult({ ...slurm, run: kubernetes.run })).toBe(writeResult(kubernetes));
  });
});
