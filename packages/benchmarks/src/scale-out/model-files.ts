import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseJson } from '@agoge/core';
import { readInputText } from '../cli/input-files';
import type { ModelChoice } from '../cli/open-model';
import type { JobFiles } from './job';
import { hashedFiles } from './job-files';

/**
 * The files that a choice of a model opens, of one that opens: `model`, the folder or `model.json` with its weights; or `weights`,
 * where `model` is the name of an architecture.
 *
 * @throws FormatError for a `model.json` that is no JSON
 */
export async function modelFiles({
  model,
  weights,
}: Pick<ModelChoice, 'model' | 'weights'>): Promise<Record<string, JobFiles>> {
  if (weights !== undefined) return { weights: await oneFile(weights) };
  const isFolder = (await stat(model)).isDirectory();
  const file = isFolder ? join(model, 'model.json') : model;
  const json = parseJson(file, await readInputText('--model', file)) as {
    weights?: { file: string };
    weightsManifest?: { paths: string[] }[];
  };
  const names = json.weights ? [json.weights.file] : (json.weightsManifest ?? []).flatMap(({ paths }) => paths);
  const entry = basename(file);
  const found = await hashedFiles(dirname(resolve(file)), isFolder ? '' : entry, [entry, ...names]);
  return { model: found };
}

/** A file that needs no other. */
export async function oneFile(path: string): Promise<JobFiles> {
  const name = basename(path);
  return hashedFiles(dirname(resolve(path)), name, [name]);
}
