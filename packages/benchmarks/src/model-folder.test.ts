import '@tensorflow/tfjs-backend-cpu';
import { FormatError, fromLayersModel, memoryStore, type Store } from '@agoge/core';
import { fill, memory, ones, type Rank } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { buildModel } from './model-description';
import { loadModel, saveModel } from './model-folder';

const described = {
  name: 'small',
  architecture: { name: 'smallCnn', options: { width: 2, seed: 3 } },
  bounds: [0, 1] as [number, number],
  training: { seed: 3 },
  history: { epochs: [{ epoch: 0, loss: 1, accuracy: 0.5, learningRate: 0.1, seconds: 1, robustAccuracy: 0.25 }] },
  versions: {},
};

async function saved(activation = 'silu'): Promise<Store> {
  const store = memoryStore();
  const plan = { ...described, activation: { name: activation, options: {} } };
  const model = buildModel(plan);
  const classifier = fromLayersModel(model, { bounds: [0, 1] });
  // Other weights than a fresh network has.
  for (const { variable } of classifier.parameters()) variable.assign(fill(variable.shape, 0.5));
  await saveModel(store, classifier, plan);
  model.dispose();
  return store;
}

it.each(['silu', 'pssilu'])('builds the same model again, beside another one, with %s', async (activation) => {
  const store = await saved(activation);
  const before = memory().numTensors;
  const [first, second] = [await loadModel(store), await loadModel(store)];
  const x = ones<Rank.R4>([1, 8, 8, 1]);
  const [a, b] = [first.classifier(x), second.classifier(x)];
  expect(await a.data()).toEqual(await b.data());
  for (const { variable } of first.classifier.parameters()) {
    expect((await variable.data()).every((value) => value === 0.5)).toBe(true);
  }
  expect(first.description).toMatchObject(described);
  for (const each of [a, b, x, first.model, second.model]) each.dispose();
  expect(memory().numTensors).toBe(before);
});

it('keeps what pixels are normalised by', async () => {
  const pixels = { mean: [0.25], std: [0.5] };
  const plan = { ...described, pixels, activation: { name: 'relu', options: {} } };
  const model = buildModel(plan);
  const classifier = fromLayersModel(model, { bounds: [0, 1], ...pixels });
  const store = memoryStore();
  await saveModel(store, classifier, plan);
  const loaded = await loadModel(store);
  const x = fill<Rank.R4>([1, 8, 8, 1], 0.75);
  const wanted = await classifier(x).data();
  expect(await loaded.classifier(x).data()).toEqual(wanted);
  expect(await fromLayersModel(model, { bounds: [0, 1] })(x).data()).not.toEqual(wanted);
  for (const each of [x, model, loaded.model]) each.dispose();
});

describe('hostile folders', () => {
  const change = async (edit: (json: Record<string, never>) => void) => {
    const store = await saved();
    const json = JSON.parse(new TextDecoder().decode(await store.get('model.json')));
    edit(json);
    await store.put('model.json', new TextEncoder().encode(JSON.stringify(json)));
    return store;
  };
  it.each<[string, () => Promise<Store>, string]>([
    ['nothing there', async () => memoryStore(), 'runs/a: has no model.json'],
    [
      'weights missing',
      async () => {
        const store = await saved();
        await store.remove('model.safetensors');
        return store;
      },
      'runs/a: has no "model.safetensors"',
    ],
    [
      'weights cut short',
      async () => {
        const store = await saved();
        const bytes = (await store.get('model.safetensors')) ?? new Uint8Array();
        await store.put('model.safetensors', bytes.subarray(0, -1));
        return store;
      },
      'runs/a/model.safetensors: is damaged or cut short',
    ],
    [
      'unknown architecture',
      () => change((json) => Object.assign(json.architecture, { name: 'toString' })),
      'unknown architecture "toString"',
    ],
    [
      'unknown activation',
      () => change((json) => Object.assign(json.activation, { name: '__proto__' })),
      'unknown activation "__proto__"',
    ],
    [
      'unknown option',
      () => change((json) => Object.assign(json.architecture, { options: { widht: 2 } })),
      'smallCnn: unknown option "widht"',
    ],
    [
      'other width',
      () => change((json) => Object.assign(json.architecture, { options: { width: 3 } })),
      "weights are not this model's",
    ],
    [
      'path as weights',
      () => change((json) => Object.assign(json.weights, { file: '../../etc/passwd' })),
      'name must be a relative path',
    ],
    [
      'bounds upside down',
      () => change((json) => Object.assign(json, { bounds: [1, 0] })),
      'bounds must be [low, high] with low < high',
    ],
    [
      'history of text',
      () => change((json) => Object.assign(json.history, { epochs: 'no' })),
      'history.epochs must be an array, got "no"',
    ],
  ])('%s', async (_, make, message) => {
    const store = await make();
    const before = memory().numTensors;
    await expect(loadModel(store, 'runs/a')).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it('are refused as a format where the text is cut', async () => {
    const store = await saved();
    const text = (await store.get('model.json')) ?? new Uint8Array();
    await store.put('model.json', text.subarray(0, 50));
    await expect(loadModel(store)).rejects.toThrow(FormatError);
  });
});
