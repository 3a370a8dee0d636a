import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor1d } from '@tensorflow/tfjs-core';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { PSSiLU, readScalars, SiLU } from './index';

beforeAll(async () => {
  await setBackend('cpu');
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
