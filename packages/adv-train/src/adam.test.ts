import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { afterSteps, gradientOf, rates, weights } from '../test/optimizer-steps';
import { type AdamOptions, adam, adamW } from './adam';

beforeAll(async () => {
  await setBackend('cpu');
});

/** The update rule that PyTorch documents, in float64. */
function inFloat64({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamOptions, decoupled: boolean) {
  return [
    { w: [0.5, -1.25, 2], decay: weightDecay },
    { w: [1, -3], decay: 0 },
  ].flatMap(({ w, decay }) => {
    const [m, v] = [w.map(() => 0), w.map(() => 0)];
    rates.forEach((rate, step) => {
      const gradient = gradientOf(step, w.length);
      w.forEach((value, i) => {
        const g = gradient[i] + (decoupled ? 0 : decay * value);
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const [mean, square] = [m[i] / (1 - beta1 ** (step + 1)), v[i] / (1 - beta2 ** (step + 1))];
        const kept = decoupled ? value * (1 - rate * decay) : value;
        w[i] = kept - (rate * mean) / (Math.sqrt(square) + epsilon);
      });
    });
    return w;
  });
}

describe.each([
  ['adam', adam, false, [0.107518187, -1.334773306, 2.086717891, 0.755653606, -3.162478461]],
  ['adamW', adamW, true, [0.101162981, -1.341921675, 2.079009912, 0.755653606, -3.162478461]],
] as const)('%s', (_name, make, decoupled, pytorch) => {
  it("makes the steps of PyTorch 2.13's in float64", async () => {
    const got = await afterSteps(make({ weightDecay: 0.05 }));
    pytorch.forEach((value, i) => {
      expect(Math.abs(got[i] - value)).toBeLessThan(2e-6);
    });
  });

  it.each([{ weightDecay: 0 }, { weightDecay: 0.05 }, { beta1: 0.5, beta2: 0.9, epsilon: 0.01, weightDecay: 0.1 }])(
    'makes the steps of the rule in float64, rates changing: %o',
    async (options) => {
      const got = await afterSteps(make(options));
      inFloat64(options, decoupled).forEach((value, i) => {
        expect(Math.abs(got[i] - value)).toBeLessThan(2e-6);
      });
    },
  );

  it('has a state named after the weights', () => {
    const names = make()
      .init(weights())
      .map(({ name }) => name);
    expect(names).toEqual([
      ...['mean/kernel', 'square/kernel', 'mean/bias', 'square/bias'],
      ...['correction/mean', 'correction/square'],
    ]);
  });

  it('refuses what is no option', () => {
    expect(() => make({ beta1: 1 })).toThrow('beta1 must be a finite number >= 0 and < 1, got 1');
    expect(() => make({ epsilon: 0 })).toThrow('epsilon must be a finite number > 0, got 0');
    expect(() => make({ lr: 1 } as never)).toThrow('unknown option "lr"');
  });
});
