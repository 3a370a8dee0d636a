import { normal, type TrainableWeight } from '@agoge/core';
import { memory, type Tensor, tensor1d, tidy, variable } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Optimizer } from '../src/optimizer';

/** One weight that decays and one that does not. */
export const weights = (): TrainableWeight[] => [
  { name: 'kernel', variable: tidy(() => variable(tensor1d([0.5, -1.25, 2]))), decay: true },
  { name: 'bias', variable: tidy(() => variable(tensor1d([1, -3]))), decay: false },
];
export const gradientOf = (step: number, length: number) =>
  normal({ seed: step, stream: `gradient/${length}` }, length);
export const rates = [0.1, 0.1, 0.05, 0.2, 0.01];

/** The weights after a step at each rate; no step leaves a tensor behind. */
export async function afterSteps(optimizer: Optimizer): Promise<number[]> {
  const parameters = weights();
  const state = optimizer.init(parameters);
  rates.forEach((rate, step) => {
    const gradients = new Map<string, Tensor>(
      parameters.map(({ name, variable: { size } }) => [name, tensor1d(gradientOf(step, size))]),
    );
    const before = memory().numTensors;
    optimizer.step(parameters, gradients, state, rate);
    expect(memory().numTensors).toBe(before);
  });
  return (await Promise.all(parameters.map((each) => each.variable.data()))).flatMap((each) => [...each]);
}
