import '@tensorflow/tfjs-backend-cpu';
import { memoryStore, parseJson, type Store } from '@agoge/core';
import { io, ones } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { readTfjsArtifacts } from './tfjs-artifacts';

function network(): LayersModel {
  return sequential({
    layers: [layers.flatten({ inputShape: [2, 2, 1] }), layers.dense({ units: 3, activation: 'softmax' })],
  });
}

/** A model as tfjs saves it, its weights in two shards. */
async function savedModel(): Promise<{ store: Store; text: string; model: LayersModel }> {
  const store = memoryStore();
  const model = network();
  let text = '';
  await model.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs = [], weightData }) => {
      const bytes = new Uint8Array(weightData as ArrayBuffer);
      await store.put('shard1.bin', bytes.subarray(0, 10));
      await store.put('shard2.bin', bytes.subarray(10));
      const manifest = [{ paths: ['shard1.bin', 'shard2.bin'], weights: weightSpecs }];
      text = JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest: manifest });
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
    }),
  );
  return { store, text, model };
}

it('reads the model that tfjs saved', async () => {
  const { store, text, model } = await savedModel();
  const loaded = await loadLayersModel(io.fromMemory(await readTfjsArtifacts(store, text, 'model.json')));
  const x = ones([2, 2, 2, 1]);
  const outputs = [model, loaded].map((each) => each.predict(x) as ReturnType<typeof ones>);
  expect(await outputs[1].data()).toEqual(await outputs[0].data());
});

describe('damaged models', () => {
  type Manifest = { paths: string[]; weights: Record<string, unknown>[] }[];
  const changed = async (edit: (json: { modelTopology: unknown; weightsManifest: Manifest }) => void) => {
    const { store, text } = await savedModel();
    const json = parseJson('', text) as { modelTopology: unknown; weightsManifest: Manifest };
    edit(json);
    return readTfjsArtifacts(store, JSON.stringify(json), 'web/model.json');
  };

  it.each<[string, Parameters<typeof changed>[0], string]>([
    [
      'a shard missing',
      ({ weightsManifest: [group] }) => group.paths.push('shard3.bin'),
      'its file of weights "shard3.bin" is missing',
    ],
    [
      'a shard left out',
      ({ weightsManifest: [group] }) => group.paths.pop(),
      'its weights shard1.bin are cut short: 10 bytes, not 60',
    ],
    [
      'more bytes than weights',
      ({ weightsManifest: [group] }) => group.weights.pop(),
      'are too long: 60 bytes, not 48',
    ],
    [
      'a path that leaves the folder',
      ({ weightsManifest: [group] }) => group.paths.push('../../etc/passwd'),
      'name must be a relative path',
    ],
    ['no topology', (json) => Object.assign(json, { modelTopology: undefined }), 'web/model.json: is not a model'],
    [
      'a manifest of text',
      (json) => Object.assign(json, { weightsManifest: ['x'] }),
      'weightsManifest[0] must be an object',
    ],
    [
      'a huge shape',
      ({ weightsManifest: [group] }) => Object.assign(group.weights[0], { shape: [1e9, 1e9] }),
      'are cut short: 60 bytes',
    ],
    [
      'a negative shape',
      ({ weightsManifest: [group] }) => Object.assign(group.weights[0], { shape: [-1] }),
      'weight.shape must be an array of an integer >= 0',
    ],
    [
      'an unknown type',
      ({ weightsManifest: [group] }) => Object.assign(group.weights[0], { dtype: 'string' }),
      'weight.dtype must be one of "float32", "int32", "bool", got "string"',
    ],
  ])('%s', async (_, edit, message) => {
    await expect(changed(edit)).rejects.toThrow(message);
  });

  it('a shard cut short', async () => {
    const { store, text } = await savedModel();
    await store.put('shard2.bin', new Uint8Array(49));
    const message = 'model.json: its weights shard1.bin, shard2.bin are cut short: 59 bytes, not 60';
    await expect(readTfjsArtifacts(store, text, 'model.json')).rejects.toThrow(message);
  });

  it.each([['null'], ['[]'], ['{}'], ['3']])('%s', async (text) => {
    await expect(readTfjsArtifacts(memoryStore(), text, 'model.json')).rejects.toThrow('model.json: is not a model');
  });

  it('a text cut short', async () => {
    const { store, text } = await savedModel();
    await expect(readTfjsArtifacts(store, text.slice(0, 40), 'model.json')).rejects.toThrow('model.json: is not JSON');
  });
});
