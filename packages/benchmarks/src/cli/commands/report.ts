import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnosis } from '@agoge/attacks';
import { said, show } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { activationCurves, sharedActivation } from '../../activation-curves';
import { readDiagnosis } from '../../diagnosis-file';
import { type EvaluationResult, readResult } from '../../evaluation-result';
import { type LoadedModel, loadModel } from '../../model-folder';
import { writeReport } from '../../report/report';
import { startBackend } from '../backend';
import { readInputText } from '../input-files';
import { checkWritable, linkTo, writeWhole } from '../output-files';
import type { Context } from '../terminal';

/** `agoge report`. */
export async function report(
  files: readonly string[],
  { out, title, diagnosis }: { out: string; title?: string; diagnosis: string[] },
  context: Context,
): Promise<void> {
  await checkWritable('--out', out, 'file');
  const results: EvaluationResult[] = [];
  const models: LoadedModel[] = [];
  for (const file of files) {
    const folder = (await stat(file).catch(() => undefined))?.isDirectory() ?? false;
    if (folder) {
      if (models.length === 0) await startBackend(context);
      await readInputText('folder', join(file, 'model.json'));
      models.push(await loadModel(fileStore(file), file));
    } else results.push(readResult(await readInputText('file', file), file));
  }
  if (results.length === 0) throw said(new TypeError('agoge report: needs one result of agoge evaluate or more'));
  const diagnoses = await Promise.all(diagnosis.map((given) => diagnosisOf(given, results)));
  const page = await writeReport(results, {
    diagnoses: Object.fromEntries(diagnoses),
    ...(title !== undefined && { title }),
    histories: Object.fromEntries(models.map(({ description: { name, history } }) => [name, history])),
    activations: await activationCurves(models.flatMap(sharedActivation)),
  });
  await writeWhole(out, page);
  context.stdout.write(`${linkTo(out)}\n`);
}

/** `model=file`, or the file alone where there is one model. */
async function diagnosisOf(given: string, results: readonly EvaluationResult[]): Promise<[string, Diagnosis]> {
  const names = [...new Set(results.map(({ model }) => model.name))];
  const named = names.find((name) => given.startsWith(`${name}=`));
  if (named === undefined && names.length > 1) {
    const what = `--diagnosis must be model=file with one of ${names.map(show).join(', ')}, got ${show(given)}`;
    throw said(new TypeError(`agoge report: ${what}`));
  }
  const file = named === undefined ? given : given.slice(named.length + 1);
  return [named ?? names[0], readDiagnosis(await readInputText('--diagnosis', file), file)];
}
