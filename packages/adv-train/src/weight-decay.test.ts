import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients, fromLayersModel, memoryStore, type Objective, type Trainable } from '@agoge/core';
import { mul, type Scalar, setBackend } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { standard } from './objectives/standard';
import { constant } from './schedules';
import { sgd } from './sgd';
import { fit } from './train';
import { type Decays, parametersOf } from './weight-decay';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const decayingOf = (model: Trainable, decays?: Decays) =>
  parametersOf(model, decays).flatMap(({ name, decay }) => (decay ? [name] : []));
const stock = () =>
  fromLayersModel(
    sequential({
      layers: [
        layers.conv2d({ name: 'conv', inputShape: [8, 8, 2], filters: 2, kernelSize: 3 }),
        layers.batchNormalization({ name: 'bn' }),
        layers.globalAveragePooling2d({ name: 'pool' }),
        layers.dense({ name: 'fc', units: 3 }),
      ],
    }),
    { bounds: [0, 1] },
  );

it.each([
  ['functions and variables', () => handMadeNet(), ['conv1.kernel', 'conv2.kernel', 'fc.kernel'], ['fc.bias']],
  ['a layers model', stock, ['conv/kernel', 'fc/kernel'], ['conv/bias', 'fc/bias']],
] as const)('sorts the weights of %s', (_, make, kernels, biases) => {
  const model = make();
  expect(decayingOf(model)).toEqual(model.parameters().map(({ name }) => name));
  expect(decayingOf(model, 'kernels')).toEqual(kernels);
  expect(decayingOf(model, 'allButNormalization').sort()).toEqual([...kernels, ...biases].sort());
  expect(decayingOf(model, ({ name }) => name.startsWith('fc'))).toHaveLength(2);
});

it('lets no weight decay whose layer says that it does not', () => {
  const model = handMadeNet();
  const shy: Trainable = { ...model, parameters: () => model.parameters().map((each) => ({ ...each, decay: false })) };
  expect(decayingOf(shy, () => true)).toEqual([]);
});

/** A loss without a gradient of its own, so that a step is the decay alone. */
const idle: Objective = { ...standard(), loss: (...given) => mul<Scalar>(standard().loss(...given), 0) };

it('in training, what is out keeps its value, and what is in loses rate * decay of it, as in PyTorch', async () => {
  const model = handMadeNet({ seed: 2 });
  const before = await Promise.all(model.parameters().map(({ variable }) => variable.data()));
  await fit(model, threeShades(4, 1), {
    ...{ objective: idle, epochs: 1, batchSize: 4, schedule: constant({ learningRate: 0.5 }) },
    ...{ optimizer: sgd({ momentum: 0, weightDecay: 0.1 }), decays: 'allButNormalization' },
  });
  for (const [i, { name, variable }] of model.parameters().entries()) {
    const left = name.startsWith('bn') ? 1 : 1 - 0.5 * 0.1;
    (await variable.data()).forEach((each, k) => {
      expect(Math.abs(each - left * before[i][k]), name).toBeLessThan(1e-6);
    });
  }
});

it('belongs to a run: a checkpoint of other groups is refused', async () => {
  const checkpoint = { store: memoryStore(), name: 'run' };
  const options = { objective: standard(), epochs: 1, batchSize: 4, checkpoint };
  await fit(handMadeNet(), threeShades(4, 1), { ...options, decays: 'kernels' });
  await expect(fit(handMadeNet(), threeShades(4, 1), options)).rejects.toThrow('bn1.beta.decay was false, is true');
  await expect(fit(handMadeNet(), threeShades(4, 1), { ...options, decays: 'kernel' as never })).rejects.toThrow(
    'fit: decays must be one of "all", "kernels", "allButNormalization" or a function, got "kernel"',
  );
});
