import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { architectures } from '@agoge/architectures/registry';
import {
  BackendError,
  type Batches,
  type Bounds,
  type Classifier,
  FormatError,
  fromGraphModel,
  fromLayersModel,
  isUserError,
  parseJson,
  said,
  sha256,
} from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { io } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import type { EvaluationResult } from '../evaluation-result';
import { fromSafetensors } from '../from-safetensors';
import { type LoadedModel, loadModel } from '../model-folder';
import { readInputBytes, readInputText } from './input-files';
import { readTfjsArtifacts } from './tfjs-artifacts';

/** What the user says of a model that does not say it itself. */
export interface ModelChoice {
  model: string;
  bounds?: number[];
  mean?: number[];
  std?: number[];
  /** A file of weights, for the architecture that `model` then names. */
  weights?: string;
  archOptions?: Record<string, unknown>;
  activation?: string;
  activationOptions?: Record<string, unknown>;
}

/** A model from disk, ready to be attacked, with what a result file says of it. */
export interface OpenedModel {
  classifier: Classifier;
  description: EvaluationResult['model'];
  /** Where it is one of ours. */
  own?: LoadedModel;
}

type DataFacts = Pick<Batches, 'shape' | 'classes' | 'bounds'>;

/**
 * Opens what `--model` names: a folder that `agoge train` wrote, or the `model.json` of a TensorFlow.js LayersModel or
 * GraphModel (the latter needs `@tensorflow/tfjs-converter`), or, with `--weights`, an architecture, which is built for the
 * data's images and classes unless its options say otherwise, and takes the data's pixels unless `--bounds` do.
 *
 * @throws FormatError, with the file's name, for what is missing, damaged or no model
 */
export async function openModel(choice: ModelChoice, data: DataFacts): Promise<OpenedModel> {
  if (choice.weights !== undefined) return openWeights(choice.weights, choice, data);
  for (const [key, option] of Object.entries(withWeights)) {
    if (choice[key as keyof typeof withWeights] === undefined) continue;
    throw said(new TypeError(`agoge: ${option} belongs to an architecture: give --weights with it`));
  }
  const { model: path, ...pixels } = choice;
  const found = await stat(path).catch(() => undefined);
  if (!found && Object.hasOwn(architectures, path)) {
    throw said(new TypeError(`agoge: --model ${path} is an architecture, and no file or folder: give it --weights`));
  }
  const folder = found?.isDirectory() ?? false;
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
  const options = pixelsOf(file, pixels);
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

const withWeights = {
  archOptions: '--arch-options',
  activation: '--activation',
  activationOptions: '--activation-options',
} as const;

/** An architecture of the registry with weights from a file. */
async function openWeights(
  file: string,
  choice: ModelChoice,
  { shape, classes, bounds }: DataFacts,
): Promise<OpenedModel> {
  const { activation, activationOptions = {} } = choice;
  if (activation === undefined && choice.activationOptions) {
    throw said(new TypeError('agoge: --activation-options need --activation'));
  }
  const pixels = pixelsOf(file, { bounds: [...bounds], ...choice });
  const architecture = { name: choice.model, options: { inputShape: shape, classes, ...choice.archOptions } };
  const bytes = await readInputBytes('--weights', file);
  const { classifier, report } = named(file, () =>
    fromSafetensors(bytes, {
      ...{ architecture: architecture.name, options: architecture.options },
      ...(activation !== undefined && { activation, activationOptions }),
      ...pixels,
    }),
  );
  const description = {
    name: choice.model,
    architecture,
    ...(activation !== undefined && { activation: { name: activation, options: activationOptions } }),
    weights: { file: basename(file), sha256: await sha256(bytes) },
    ...{ ...report.pixels, ...pixels },
  };
  return { classifier, description };
}

/** What is said of a file, with its name. */
function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(file, error.message) : error;
  }
}

/** The user's words on pixels as a classifier takes them. */
function pixelsOf(file: string, { bounds, mean, std }: Pick<ModelChoice, 'bounds' | 'mean' | 'std'>) {
  if (!bounds) {
    const why = 'a TensorFlow.js model does not say what pixels it takes';
    throw said(new TypeError(`agoge: --bounds must be given for ${file}, such as 0,1 or 0,255: ${why}`));
  }
  return { bounds: bounds as unknown as Bounds, ...(mean && { mean }), ...(std && { std }) };
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
