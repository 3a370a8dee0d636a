import '@agoge/backend-onnx';
import { type PresetName, presets } from '@agoge/adv-train/presets';
import { useBackend } from '@agoge/backends';
import { memoryStore } from '@agoge/core';
import { shapes } from '@agoge/datasets';
import { namedSets } from '@agoge/datasets/registry';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { runTraining } from '../cli/training-run';
import { buildModel } from '../model-description';
import { namedAttack } from '../named-attack';
import { recipeData } from './recipe-data';
import { recipes } from './recipes';
import { scaled, scales } from './scale';

beforeAll(() => useBackend('onnx'));

/** Recipes whose steps are tried in every run of the tests: each kind of network, and what is compiled soon. */
const quick = ['fast-mnist', 'paf-resnet18-cifar10', 'trades-mnist'];
const full = process.env.AGOGE_TEST === 'full';

const quiet = { update: () => undefined, line: () => undefined, end: () => undefined };
const { signal } = new AbortController();
/** What a path such as `pixels.mean` leads to. */
const at = (value: unknown, path: string) =>
  path.split('.').reduce((here, key) => (here as Record<string, unknown> | undefined)?.[key], value as unknown);

describe.each(Object.keys(recipes))('%s', (name) => {
  const recipe = recipes[name];

  it('is JSON, names what there is, and what it calls its own is there', () => {
    expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
    expect(Object.keys(namedSets)).toContain(recipe.data.name);
    for (const path of Object.keys(recipe.ours)) expect(at(recipe, path), path).toBeDefined();
    for (const each of [recipe.validation, ...recipe.evaluation]) {
      expect(namedAttack('agoge', each).options).toMatchObject(each.options);
      expect(each.options.eps).toBe((presets[recipe.preset].objective.options as { eps?: number }).eps);
    }
  });

  it('builds its tiny form', () => {
    const { network, activation } = scaled(recipe, 'tiny');
    const options = { classes: 4, initializer: 'zeros', ...network.options };
    const model = buildModel({ architecture: { name: network.name, options }, activation });
    expect(model.outputs[0].shape).toEqual([null, 4]);
    model.dispose();
  });

  // The others are compiled for half a minute: AGOGE_TEST=full.
  it.runIf(full || quick.includes(name))('makes two steps at its tiny scale', { timeout: 90_000 }, async () => {
    const tiny = scaled(recipe, 'tiny');
    const isMnist = recipe.data.name === 'mnist';
    const all = shapes({ examples: 12, size: isMnist ? 28 : 16, channels: isMnist ? 1 : 3, classes: 4 });
    const { training, heldOut } = await recipeData({ ...tiny, imagesOf: () => 8, heldOut: 4 }, all, {
      seed: 1,
      signal,
    });
    expect([training.examples, heldOut?.examples]).toEqual([8, 4]);
    const store = memoryStore();
    const before = memory().numTensors;
    const { network, activation, pixels } = tiny;
    const { description, model } = await runTraining(
      {
        ...{ name, activation, data: 'shapes', seed: 1, ...(pixels && { pixels }) },
        architecture: { name: network.name, options: { inputShape: all.shape, classes: 4, ...network.options } },
        training: { ...tiny.training, epochs: 1, batchSize: 4 },
      },
      { data: training, store, stage: quiet, signal, probe: false },
    );
    expect(description.history.epochs).toHaveLength(1);
    expect(description.training).toMatchObject({ optimizer: tiny.training.optimizer, weights: 'last' });
    expect(await store.list('model')).toEqual(['model.json', 'model.safetensors']);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

it('a scale divides width, images and epochs by one number, and schedules go with the epochs', () => {
  expect(scales).toEqual({ full: 1, small: 8, tiny: 64 });
  const { 'rice-preactresnet18-cifar10': rice, 'trades-cifar10': trades } = recipes;
  expect(scaled(rice, 'full')).toMatchObject({
    heldOut: 1000,
    network: { options: { width: 64 } },
    training: { epochs: 200, batchSize: 128, schedule: { options: { milestones: [100, 150] } } },
  });
  const small = scaled(rice, 'small');
  expect(small).toMatchObject({
    heldOut: 125,
    network: { options: { width: 8 } },
    training: { epochs: 25, batchSize: 128, schedule: { options: { milestones: [12.5, 18.75] } } },
  });
  expect(small.imagesOf(49_000)).toBe(6125);
  expect(scaled(trades, 'tiny').network.options).toEqual({ depth: 34, width: 1 });
  const { 'at-awp-preactresnet18-cifar10': awp } = recipes;
  expect(scaled(awp, 'tiny').training.weightPerturbation).toMatchObject({ options: { gamma: 0.01 } });
});

it('every preset of RCM, PAF, SAT, TRADES and fast adversarial training has a recipe', () => {
  const used = Object.values(recipes).map(({ preset }) => preset);
  const meant: PresetName[] = ['paf', 'sat', 'rcm-at', 'rcm-alp', 'rcm-trades', 'rcm-at-awp', 'rcm-trades-awp'];
  expect(used).toEqual(
    expect.arrayContaining([...meant, 'fast-mnist', 'fast-cifar10', 'trades-mnist', 'trades-cifar10']),
  );
});

it('holds images out by class, and refuses to hold out all', async () => {
  const all = shapes({ examples: 40, size: 28, channels: 1, classes: 4 });
  const recipe = { ...scaled(recipes['fast-mnist'], 'full'), heldOut: 8 };
  const { training, heldOut } = await recipeData(recipe, all, { seed: 0, signal });
  const labels = async (data?: typeof training) => {
    const found: number[] = [];
    for await (const { y } of data?.batches({ batchSize: 40 }) ?? []) found.push(...y);
    return found;
  };
  const counts = (of: number[]) => [0, 1, 2, 3].map((label) => of.filter((each) => each === label).length);
  const [mine, held] = [await labels(training), await labels(heldOut)];
  expect(mine.length + held.length).toBe(40);
  expect(Math.max(...counts(held)) - Math.min(...counts(held))).toBeLessThanOrEqual(1);
  await expect(recipeData({ ...recipe, heldOut: 40 }, all, { seed: 0, signal })).rejects.toThrow(
    'agoge train: --validate must be less than the 40 images, got 40',
  );
});
