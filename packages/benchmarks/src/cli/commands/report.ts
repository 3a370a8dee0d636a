import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { said } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { activationCurves, sharedActivation } from '../../activation-curves';
import { type EvaluationResult, readResult } from '../../evaluation-result';
import { type LoadedModel, loadModel } from '../../model-folder';
import { writeReport } from '../../report/report';
import { startBackend } from '../backend';
import { readInputText } from '../input-files';
import { checkWritable, writeWhole } from '../output-files';
import type { Context } from '../terminal';

/** `agoge report`. */
export async function report(
  files: readonly string[],
  { out, title }: { out: string; title?: string },
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
  const page = await writeReport(results, {
    ...(title !== undefined && { title }),
    histories: Object.fromEntries(models.map(({ description: { name, history } }) => [name, history])),
    activations: await activationCurves(models.flatMap(sharedActivation)),
  });
  await writeWhole(out, page);
  context.stdout.write(`${pathToFileURL(resolve(out)).href}\n`);
}
