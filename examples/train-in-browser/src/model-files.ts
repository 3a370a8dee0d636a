import { readScalars } from '@agoge/activations';
import { loadWeights } from '@agoge/adv-train';
import { toStockLayers } from '@agoge/architectures';
import { ModelError, sha256 } from '@agoge/core';
import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { networkOf } from './network';
import type { FinishedModel } from './protocol';
import type { Setup } from './setup';

const weightsFile = 'model.weights.bin';

/** The files of a trained network: TensorFlow.js's, in its own layers if they will do, and safetensors. */
export async function finishedModel(setup: Setup, weights: Uint8Array): Promise<FinishedModel> {
  const { model, classifier } = networkOf(setup);
  let stock: LayersModel | undefined;
  try {
    loadWeights(classifier, weights);
    stock = asStock(model);
    const bytes = weights.slice();
    return {
      files: [
        ...(await tfjsFiles(stock ?? model)),
        { name: 'model.safetensors', type: 'application/octet-stream', bytes },
      ],
      sha256: await sha256(weights),
      isStock: stock !== undefined,
      learned: await readScalars(model),
    };
  } finally {
    stock?.dispose();
    model.dispose();
  }
}

/** Undefined where a layer has no like in TensorFlow.js, as a learned activation. */
function asStock(model: LayersModel): LayersModel | undefined {
  try {
    return toStockLayers(model);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

async function tfjsFiles(model: LayersModel): Promise<FinishedModel['files']> {
  const files: FinishedModel['files'] = [];
  const handler = io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, ...rest }) => {
    const { format, generatedBy, convertedBy } = rest;
    const weightsManifest = [{ paths: [weightsFile], weights: weightSpecs }];
    const json = { format, generatedBy, convertedBy: convertedBy ?? null, modelTopology, weightsManifest };
    const text = new TextEncoder().encode(JSON.stringify(json));
    files.push({ name: 'model.json', type: 'application/json', bytes: text });
    const bytes = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
    files.push({ name: weightsFile, type: 'application/octet-stream', bytes });
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await model.save(handler);
  return files;
}
