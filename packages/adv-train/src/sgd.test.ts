import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { afterSteps, gradientOf, rates, weights } from '../test/optimizer-steps';
import { type SgdOptions, sgd } from './sgd';

beforeAll(async () => {
  await setBackend('cpu');
});

/** The update rule that PyTorch documents, in float64. */
function inFloat64({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions): number[] {
  return [
    { w: [0.5, -1.25, 2], decay: weightDecay },
    { w: [1, -3], decay: 0 },
  ].flatMap(({ w, decay }) => {
    const buffer = w.map(() => 0);
    rates.forEach((rate, step) => {
      const gradient = gradientOf(step, w.length);
      w.forEach((value, i) => {
        const g = gradient[i] + decay * value;
        buffer[i] = step === 0 ? g : momentum * buffer[i] + g;
        w[i] = value - rate * (nesterov ? g + momentum * buffer[i] : buffer[i]);
      });
    });
    return w;
  });
}

describe('sgd', () => {
  it.each([
    { momentum: 0, weightDecay: 0 },
    { momentum: 0.9, weightDecay: 0 },
    { momentum: 0.9, weightDecay: 0.05 },
    { momentum: 0.9, weightDecay: 0.05, nesterov: true },
    { momentum: 0, weightDecay: 0.05 },
  ])('makes the steps of the rule in float64, rates changing: %o', async (options) => {
    const got = await afterSteps(sgd(options));
    inFloat64(options).forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, 5);
    });
  });

  it('has a state named after the weights, and none without momentum', () => {
    expect(
      sgd()
        .init(weights())
        .map(({ name }) => name),
    ).toEqual(['momentum/kernel', 'momentum/bias']);
    expect(sgd({ momentum: 0 }).init(weights())).toEqual([]);
  });

  it('leaves a weight without a gradient as it is, decay or not', async () => {
    const parameters = weights();
    const optimizer = sgd({ weightDecay: 0.5 });
    optimizer.step(parameters, new Map(), optimizer.init(parameters), 1);
    expect([...(await parameters[0].variable.data())]).toEqual([0.5, -1.25, 2]);
  });

  it.each([
    [{ momentum: 1 }, 'sgd: momentum must be a finite number >= 0 and < 1, got 1'],
    [{ weightDecay: Number.NaN }, 'sgd: weightDecay must be a finite number >= 0, got NaN'],
    [{ nesterov: true, momentum: 0 }, 'sgd: momentum must be a finite number > 0 and < 1, got 0'],
    [{ learningRate: 0.1 }, 'sgd: unknown option "learningRate"'],
  ])('refuses %o', (options, message) => {
    expect(() => sgd(options as SgdOptions)).toThrow(message);
  });
});
