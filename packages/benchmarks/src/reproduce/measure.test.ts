import { useBackend } from '@agoge/backends';
import { fromLayersModel, memoryStore } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { takeMeasure } from './measure';
import { smallPlan } from './small-plan.fixture';

beforeAll(() => useBackend('wasm'));

it('takes some of the test images, as many of each class, of images that lie class by class', async () => {
  const test = fromArrays({
    x: new Float32Array(12 * 4),
    shape: [12, 2, 2, 1],
    y: Int32Array.from({ length: 12 }, (_, i) => Math.floor(i / 4)),
    classes: 3,
    bounds: [0, 1],
  });
  // Says class 0 whatever it is given, and cannot be moved from it.
  const dense = layers.dense({ units: 3, kernelInitializer: 'zeros', useBias: false });
  const model = sequential({ layers: [layers.flatten({ inputShape: [2, 2, 1] }), dense] });
  const classifier = fromLayersModel(model, { bounds: [0, 1] });
  const [robust] = smallPlan().measures;
  const measured = (images: number) =>
    takeMeasure({ ...robust, images }, { model, classifier }, test, { seed: 1, store: memoryStore() });
  expect(await measured(6)).toMatchObject({ n: 6, value: 2 / 6 });
  expect(await measured(12)).toMatchObject({ n: 12, value: 4 / 12 });
  expect(await measured(6)).toEqual(await measured(6));
  model.dispose();
});
