import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { BackendError, type Classifier, ensureGradients, fromLayersModel, type Trainable } from '@agoge/core';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { wideAndNarrow } from '../test/features';
import { adversarialTraining } from './objectives/adversarial-training';
import { standard } from './objectives/standard';
import { fit } from './train';

// What a user meets who trains on a backend as TensorFlow.js ships it.

beforeAll(() => ensureGradients());

function pooling(padding: 'same' | 'valid'): Classifier & Trainable {
  const kernelInitializer = initializers.constant({ value: 0.1 });
  const model = sequential({
    layers: [
      layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3, kernelInitializer, name: 'conv' }),
      layers.averagePooling2d({ poolSize: 3, strides: padding === 'same' ? 2 : 3, padding }),
      layers.flatten(),
      layers.dense({ units: 2, kernelInitializer, name: 'dense' }),
    ],
  });
  return fromLayersModel(model, { bounds: [0, 1] });
}

const weightsOf = async (model: Trainable) =>
  Promise.all(model.parameters().map(async ({ variable }) => [...(await variable.data())]));

it.each([
  ['standard training', standard()],
  ['adversarial training', adversarialTraining({ eps: 0.1, steps: 1 })],
])('%s stops where the gradient counts padding, before the weights change', async (_name, objective) => {
  await setBackend('cpu');
  const model = pooling('same');
  const start = await weightsOf(model);
  const before = memory().numTensors;
  const training = fit(model, wideAndNarrow(8, 1), { objective, epochs: 1, batchSize: 8 });
  await expect(training).rejects.toBeInstanceOf(BackendError);
  await expect(training).rejects.toThrow(/probe: on the cpu backend AvgPoolGrad .* call repairBackend\(\)/);
  expect(memory().numTensors).toBe(before);
  expect(await weightsOf(model)).toEqual(start);
  await fit(pooling('valid'), wideAndNarrow(8, 1), { objective, epochs: 1, batchSize: 8 });
});

it('names the kernel that stock wasm lacks', async () => {
  await setBackend('wasm');
  const training = fit(pooling('valid'), wideAndNarrow(8, 1), { objective: standard(), epochs: 1, batchSize: 8 });
  await expect(training).rejects.toBeInstanceOf(BackendError);
  await expect(training).rejects.toThrow(
    'train: the wasm backend has no kernel Conv2DBackpropFilter, which this model needs: call repairBackend()',
  );
});
