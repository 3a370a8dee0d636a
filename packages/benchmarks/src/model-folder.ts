import { loadWeights, saveWeights } from '@agoge/adv-train';
import {
  type Classifier,
  canonicalJson,
  FormatError,
  fromLayersModel,
  type Store,
  sha256,
  show,
  type Trainable,
} from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { boundsOf, buildModel, type ModelDescription, readDescription } from './model-description';

/** A model that was built from its description. */
export interface LoadedModel {
  description: ModelDescription;
  /** Yours to dispose. */
  model: LayersModel;
  /** The model as attacks and trainers take it. */
  classifier: Classifier & Trainable;
}

const weightsFile = 'model.safetensors';
const descriptionFile = 'model.json';

/**
 * Keeps a model in a store: `model.safetensors`, then `model.json`, which names the file and its SHA-256.
 *
 * @param model as {@link fromLayersModel} gives
 * @param described how it is built and was trained
 * @returns the description as it was written
 */
export async function saveModel(
  store: Store,
  model: Trainable,
  described: Omit<ModelDescription, 'schema' | 'weights'>,
): Promise<ModelDescription> {
  const bytes = await saveWeights(model);
  const weights = { file: weightsFile, sha256: await sha256(bytes) };
  const description: ModelDescription = { schema: 'agoge/model@1', ...described, weights };
  await store.put(weightsFile, bytes);
  await store.put(descriptionFile, new TextEncoder().encode(`${canonicalJson(description)}\n`));
  return description;
}

/**
 * Builds the model that {@link saveModel} kept. Nothing in the store is trusted: names and options go through the registries'
 * own checks, the weights through their hash and through those of the safetensors reader.
 *
 * @param who the store's name, for messages
 * @param from name of the description, if it is not `model.json`
 * @throws FormatError for what is missing, damaged or cut short; what the registries throw
 */
export async function loadModel(store: Store, who = 'loadModel', from = descriptionFile): Promise<LoadedModel> {
  const text = await store.get(from);
  if (!text) throw new FormatError(who, `has no ${from}`);
  const description = readDescription(new TextDecoder().decode(text), `${who}/${from}`);
  const { file, sha256: expected } = description.weights;
  const bytes = await store.get(file);
  if (!bytes) throw new FormatError(who, `has no ${show(file)}, the weights that ${from} names`);
  if ((await sha256(bytes)) !== expected) {
    throw new FormatError(`${who}/${file}`, `is damaged or cut short: its sha256 is not the one in ${from}`);
  }
  const bounds = boundsOf(`${who}/${from}`, description);
  const model = buildModel(description);
  try {
    const classifier = fromLayersModel(model, { bounds, ...description.pixels });
    loadWeights(classifier, bytes);
    return { description, model, classifier };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
