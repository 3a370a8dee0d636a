import '@tensorflow/tfjs-backend-cpu';
import { ModelError, memoryStore, type Objective, readSafetensors, toTypedArray } from '@agoge/core';
import { add, memory, mul, type Scalar, setBackend, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { standard } from './objectives/standard';
import { train } from './train';
import { saveWeights } from './weights';

it.each([undefined, 3])(
  'a loss that is no number leaves its batch and the checkpoint before it, in parts of %s',
  async (microBatch) => {
    await setBackend('cpu');
    const data = threeShades(18, 1);
    let calls = 0;
    const broken: Objective = {
      ...standard(),
      perturb: async (_model, x) => add<Tensor4D>(x, -0.25),
      loss: (...given) => mul(standard().loss(...given), calls === 4 ? Number.NaN : 1) as Scalar,
    };
    const store = memoryStore();
    const model = handMadeNet({ seed: 4 });
    const before = memory().numTensors;
    const weights: Uint8Array[] = [];
    const reports = train(model, data, {
      objective: broken,
      ...{ epochs: 2, batchSize: 8, ...(microBatch && { microBatch }) },
      checkpoint: { store, name: 'runs/a', every: 2 },
    });
    const failure = await (async () => {
      for await (const _ of reports) {
        calls++;
        weights.push(await saveWeights(model));
      }
    })().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ModelError);
    const left = 'the model has made that step, the checkpoint "runs/a" is of step 4';
    const message = `in epoch 1, step 4, at learning rate .*; ${left}; the batch is "runs/a.nan.safetensors"$`;
    expect((failure as Error).message).toMatch(new RegExp(`^train: the loss is NaN ${message}`));
    expect(memory().numTensors).toBe(before);

    const { tensors } = readSafetensors((await store.get('runs/a.nan.safetensors')) ?? new Uint8Array());
    const value = (name: string) => {
      const entry = tensors.get(name);
      return entry ? [...(toTypedArray(entry) as Float32Array)] : [];
    };
    expect([...tensors].map(([name, { shape }]) => `${name} ${shape}`).sort()).toEqual(
      ['adversarial 8,8,8,2', 'index 8', 'x 8,8,8,2', 'y 8'].sort(),
    );
    const places: number[] = [];
    for await (const { index, x, y } of data.batches({ batchSize: 8, seed: 0, epoch: 1, from: 8 })) {
      expect(value('index')).toEqual([...index]);
      expect(value('x')).toEqual([...x]);
      expect(value('y')).toEqual([...y]);
      places.push(...index);
      break;
    }
    expect(places).toHaveLength(8);
    expect(value('adversarial')).toEqual(value('x').map((each) => Math.fround(each - 0.25)));

    const checkpoint = (await store.list('runs/a.')).filter((name) => !name.includes('nan'));
    expect(checkpoint).toHaveLength(2);
  },
);
