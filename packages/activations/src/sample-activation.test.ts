import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { PSSiLU, readScalars, SiLU, sampleActivation } from './index';

beforeAll(async () => {
  await setBackend('cpu');
});

describe('sampleActivation', () => {
  it('gives points, values and slopes of a name', async () => {
    const before = memory().numTensors;
    const { x, y, dydx } = await sampleActivation('silu', { from: -2, to: 2, points: 5 });
    expect([...x]).toEqual([-2, -1, 0, 1, 2]);
    [-0.238405844, -0.268941421, 0, 0.731058579, 1.76159416].forEach((each, i) => {
      expect(y[i]).toBeCloseTo(each, 6);
    });
    [-0.0907842488, 0.0723294881, 0.5, 0.927670512, 1.09078425].forEach((each, i) => {
      expect(dydx[i]).toBeCloseTo(each, 6);
    });
    expect(memory().numTensors).toBe(before);
  });

  it('gives a layer as it has become, ours or of tfjs', async () => {
    const layer = new PSSiLU();
    layer.apply(tensor1d([1]));
    layer.setWeights([tensor1d([-10]), tensor1d([0.5])]);
    const { y } = await sampleActivation(layer, { from: -4, to: 4, points: 3 });
    [4, 0, 4].forEach((each, i) => {
      expect(y[i]).toBeCloseTo(each, 5); // x (s(10 x) - 0.5) / 0.5
    });
    const tanh = await sampleActivation(layers.activation({ activation: 'tanh' }), { from: 0, to: 1, points: 2 });
    expect(tanh.y[1]).toBeCloseTo(Math.tanh(1), 6);
    expect(tanh.dydx[0]).toBeCloseTo(1, 6);
  });

  it('has 0 among its points unless told otherwise', async () => {
    const { x } = await sampleActivation('relu');
    expect([x.length, x[0], x[120], x[240]]).toEqual([241, -6, 0, 6]);
  });

  it.each([
    [() => sampleActivation('pssilo'), 'unknown activation "pssilo"; did you mean "pssilu"?'],
    [() => sampleActivation('relu', { points: 1 }), 'sampleActivation: points must be an integer >= 2, got 1'],
    [() => sampleActivation('relu', { from: 2, to: 1 }), 'sampleActivation: to must be above from = 2, got 1'],
    [() => sampleActivation('relu', { start: 2 } as never), 'unknown option "start"'],
  ])('refuses %s', async (call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});

describe('readScalars', () => {
  it('reads each scalar once, as it acts, also inside a model within the model', async () => {
    const shared = new PSSiLU();
    const own = new PSSiLU({ name: 'head', beta: 0.25 });
    const x = input({ shape: [3] });
    const inner = model({ inputs: x, outputs: shared.apply(shared.apply(x)) as typeof x });
    const z = input({ shape: [3] });
    const y = own.apply(shared.apply(new SiLU().apply(inner.apply(z)))) as typeof z;
    shared.setWeights([tensor1d([-1.5]), tensor1d([-0.5])]);
    expect(await readScalars(model({ inputs: z, outputs: y }))).toEqual([
      { name: 'pssilu/alpha', value: 1.5 },
      { name: 'pssilu/beta', value: 0.5 },
      { name: 'head/alpha', value: 1 },
      { name: 'head/beta', value: 0.25 },
    ]);
  });

  it('finds nothing in a model without', async () => {
    const x = input({ shape: [3] });
    expect(await readScalars(model({ inputs: x, outputs: layers.reLU().apply(x) as typeof x }))).toEqual([]);
  });
});
