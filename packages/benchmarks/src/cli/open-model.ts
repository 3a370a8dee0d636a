import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  BackendError,
  type Bounds,
  type Classifier,
  FormatError,
  fromGraphModel,
  fromLayersModel,
  isUserError,
  parseJson,
  said,
} from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { io } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import type { EvaluationResult } from '../evaluation-result';
import { type LoadedModel, loadModel } from '../model-folder';
import { readInputText } from './input-files';
import { readTfjsArtifacts } from './tfjs-artifacts';

/** What the user says of a model that does not say it itself. */
export interface PixelChoice {
  bounds?: number[];
  mean?: number[];
  std?: number[];
}

/** A model from disk, ready to be attacked, with what a result file says of it. */
export interface OpenedModel {
  classifier: Classifier;
  description: EvaluationResult['model'];
  /** Where it is one of ours. */
  own?: LoadedModel;
}

/**
 * Opens what `--model` names: a folder that `agoge train` wrote, or the `model.json` of a TensorFlow.js LayersModel or
 * GraphModel (the latter needs `@tensorflow/tfjs-converter`).
 *
 * @throws FormatError, with the file's name, for what is missing, damaged or no model
 */
export async function openModel(path: string, pixels: PixelChoice = {}): Promise<OpenedModel> {
  const folder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = folder ? join(path, 'model.json') : path;
  const text = await readInputText('--model', file);
  const store = fileStore(dirname(resolve(file)));
  const json = parseJson(file, text);
  if (isOurs(json)) {
    const own = await loadModel(store, dirname(file), basename(file));
    const { name, architecture, activation, training, weights } = own.description;
    return { classifier: own.classifier, description: { name, architecture, activation, training, weights }, own };
  }
  const artifacts = await readTfjsArtifacts(store, text, file);
  const { bounds, mean, std } = pixels;
  if (!bounds) {
    const why = 'a TensorFlow.js model does not say what pixels it takes';
    throw said(new TypeError(`agoge: --bounds must be given for ${file}, such as 0,1 or 0,255: ${why}`));
  }
  const options = { bounds: bounds as unknown as Bounds, ...(mean && { mean }), ...(std && { std }) };
  const name = folder ? basename(resolve(path)) : path;
  const description = { name, format: artifacts.format ?? 'layers-model', ...options };
  if (artifacts.format === 'graph-model') {
    const { loadGraphModel } = await converter();
    const model = await loading(file, () => loadGraphModel(io.fromMemory(artifacts)));
    return { classifier: fromGraphModel(model, options), description };
  }
  await Promise.all([import('@agoge/activations/register'), import('@agoge/architectures/register')]);
  const model = await loading(file, () => loadLayersModel(io.fromMemory(artifacts)));
  return { classifier: fromLayersModel(model, options), description };
}

const isOurs = (json: unknown) =>
  typeof json === 'object' && json !== null && String((json as { schema?: unknown }).schema).startsWith('agoge/model');

async function converter() {
  try {
    return await import('@tensorflow/tfjs-converter');
  } catch (cause) {
    const advice = 'a GraphModel needs @tensorflow/tfjs-converter: npm install @tensorflow/tfjs-converter@4.22.0';
    throw new BackendError('agoge', advice, { cause });
  }
}

/** What tfjs says of a topology that it cannot build, on one line and with the file's name. */
async function loading<T>(file: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (isUserError(error)) throw error;
    throw new FormatError(
      file,
      `TensorFlow.js cannot build this model: ${String((error as Error).message).split('\n')[0]}`,
    );
  }
}
