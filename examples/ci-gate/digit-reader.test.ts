// What the app promises, in its own tests: it reads digits, and an attacker does not make it misread most of them.
import { apgdAttack } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { evaluate } from '@agoge/benchmarks';
import { fromLayersModel } from '@agoge/core';
import { digits } from '@agoge/datasets';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import '@agoge/benchmarks/vitest';
import { loadModel, readDigits } from './digit-reader.js';

let model: LayersModel;
beforeAll(async () => {
  await useBackend('auto');
  model = await loadModel();
});

it('reads digits', async () => {
  for await (const { x, y } of digits({ split: 'test' }).batches({ batchSize: 100 })) {
    const right = (await readDigits(model, x)).filter((digit, i) => digit === y[i]);
    expect(right.length).toBeGreaterThan(85);
    break;
  }
});

it('withstands an attacker who changes every pixel by up to a tenth', async () => {
  const classifier = fromLayersModel(model, { bounds: [0, 1] });
  // Quick, since it runs on every push; before a release autoAttack({ eps: 0.1 }) and all images.
  const attacks = [apgdAttack({ eps: 0.1, steps: 30 })];
  const result = await evaluate(classifier, digits({ split: 'test' }), { attacks, examples: 200 });
  expect(result).toBeRobust({ atLeast: 0.6 });
}, 120_000);
