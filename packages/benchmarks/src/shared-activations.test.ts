import '@tensorflow/tfjs-backend-cpu';
import { activations } from '@agoge/activations/registry';
import { resnet18, wideResNet } from '@agoge/architectures';
import { setBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

describe.each([
  ['ResNet-18', resnet18],
  ['WRN-28-10', wideResNet],
] as const)('%s with one activation for all places', (_, build) => {
  it.each([
    ['prelu', 1],
    ['psoftplus', 1],
    ['pssilu', 2],
  ] as const)('%s has as many parameters more than with ReLU as it has scalars: %d', async (name, scalars) => {
    await setBackend('cpu');
    const [relu, learned] = [activations.relu(), activations[name]()].map((activation) =>
      build({ activation, initializer: 'zeros' }),
    );
    expect(learned.countParams() - relu.countParams()).toBe(scalars);
    expect(learned.trainableWeights.length - relu.trainableWeights.length).toBe(scalars);
    for (const each of [relu, learned]) each.dispose();
  });
});
