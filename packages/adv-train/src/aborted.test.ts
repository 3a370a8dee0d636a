import '@tensorflow/tfjs-backend-cpu';
import { fgsmAttack } from '@agoge/attacks';
import { ensureGradients, memoryStore } from '@agoge/core';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { awp } from './awp';
import { adversarialTraining } from './objectives/adversarial-training';
import { cosine } from './schedules';
import { fit } from './train';
import type { TrainOptions } from './train-options';
import { swa } from './weight-average';
import { saveWeights } from './weights';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const data = threeShades(9, 1);
const options: TrainOptions = {
  objective: adversarialTraining({ eps: 0.05, steps: 1 }),
  epochs: 2,
  batchSize: 6,
  microBatch: 3,
  schedule: cosine({ learningRate: 0.05 }),
  weightPerturbation: awp({ gamma: 0.01 }),
  validation: { data: threeShades(4, 2), attacks: [fgsmAttack({ eps: 0.05 })] },
};
const models = () => [handMadeNet({ seed: 4 }), handMadeNet({ seed: 5 })] as const;

/** A signal that is aborted when it is looked at for the n-th time, and how often it was. */
function abortedAtLook(n: number): { signal: AbortSignal; looks(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  let looks = 0;
  Object.defineProperty(signal, 'throwIfAborted', {
    value() {
      if (++looks === n) controller.abort(new Error('enough'));
      if (signal.aborted) throw signal.reason;
    },
  });
  return { signal, looks: () => looks };
}

const full = process.env.AGOGE_TEST === 'full';
const places = 'in crafting, between parts, at the ends of steps, while it validates';
const name = `a run goes on with the same numbers wherever it is aborted: ${places}`;
it(full ? name : `${name} (a share; all with AGOGE_TEST=full)`, { timeout: full ? 1_800_000 : 120_000 }, async () => {
  const [whole, wholeMean] = models();
  const never = abortedAtLook(Number.POSITIVE_INFINITY);
  const { epochs } = await fit(whole, data, {
    ...options,
    average: swa({ model: wholeMean, from: 0 }),
    signal: never.signal,
  });
  const wanted = [await saveWeights(whole), await saveWeights(wholeMean)];
  const looks = never.looks();
  expect(looks).toBeGreaterThan(20);
  const stride = full ? 1 : Math.ceil(looks / 5);
  let exact = 0;
  for (let n = 1; n <= looks; n += stride) {
    const checkpoint = { store: memoryStore(), name: 'run' };
    const [model, mean] = models();
    const before = memory().numTensors;
    const run = { ...options, checkpoint, average: swa({ model: mean, from: 0 }) };
    const { signal } = abortedAtLook(n);
    await expect(fit(model, data, { ...run, signal })).rejects.toThrow('enough');
    expect(memory().numTensors).toBe(before);
    // The rest by others, which start with other weights if the checkpoint lacks any.
    const [rest, restMean] = [handMadeNet({ seed: 8 }), handMadeNet({ seed: 9 })];
    const isKept = (await checkpoint.store.list('run')).length > 0;
    const goOn = isKept ? ([rest, restMean] as const) : models();
    const history = await fit(goOn[0], data, { ...run, average: swa({ model: goOn[1], from: 0 }), resume: isKept });
    const sameLosses = history.epochs.every(({ loss }, i) => loss === epochs[i].loss);
    const got = [await saveWeights(goOn[0]), await saveWeights(goOn[1])];
    exact += Number(sameLosses && got.every((each, i) => Buffer.from(each).equals(Buffer.from(wanted[i]))));
    for (const each of [...goOn, model, mean, rest, restMean]) each.dispose();
  }
  const runs = Math.ceil(looks / stride);
  if (full) console.log(`aborted at ${runs} places of a run of 4 steps: ${exact} ended with the same weights`);
  expect(exact).toBe(runs);
});
