import { type Diagnosis, diagnose, diagnosisTable } from '@agoge/attacks';
import { startBackend } from '../backend';
import { type DataChoice, openData, standingForAll } from '../data';
import { type ModelChoice, openModel } from '../open-model';
import { stage } from '../progress';
import type { Context } from '../terminal';

export interface DiagnoseCommand extends ModelChoice, DataChoice {
  split: string;
  norm: 'linf' | 'l2' | 'l1';
  eps: number;
  examples: number;
  batchSize: number;
  seed: number;
  json?: boolean;
}

/** `agoge diagnose`; exits with 1 on a warning. */
export async function diagnoseModel(options: DiagnoseCommand, context: Context): Promise<void> {
  const { norm, eps, examples, batchSize, seed, json } = options;
  const { signal, stdout, setExitCode } = context;
  await startBackend(context);
  const data = standingForAll(await openData(options, options.split, context), examples);
  const { classifier, description } = await openModel(options, data);

  const progress = stage(`diagnosing ${description.name}`, context);
  let diagnosis: Diagnosis;
  try {
    const run = { norm, eps, examples, batchSize, seed, signal };
    diagnosis = await diagnose(classifier, data, { ...run, onProgress: progress.update });
  } finally {
    progress.end();
  }
  stdout.write(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : diagnosisTable(diagnosis));
  setExitCode(diagnosis.checks.some(({ verdict }) => verdict === 'warning') ? 1 : 0);
}
