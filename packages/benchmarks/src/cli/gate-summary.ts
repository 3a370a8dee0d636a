import { appendFile } from 'node:fs/promises';
import type { EvaluationResult } from '../evaluation-result';
import { gate } from '../gate/gate';
import { stepSummary } from '../gate/step-summary';
import type { Context } from './terminal';

/** Holds a result against `--min-robust`: the verdict on stderr and in the summary of a GitHub step, 1 as the exit code below it. */
export async function holdAgainst(
  minRobust: number,
  result: EvaluationResult,
  { stderr, setExitCode }: Pick<Context, 'stderr' | 'setExitCode'>,
): Promise<void> {
  const verdict = gate(result, { atLeast: minRobust });
  const { GITHUB_STEP_SUMMARY: file } = globalThis.process.env;
  if (file) await appendFile(file, stepSummary(result, verdict, minRobust));
  stderr.write(`${verdict.passed ? 'passed' : 'failed'}: ${verdict.message}\n`);
  if (!verdict.passed) setExitCode(1);
}
