import type { EvaluationResult } from './evaluation-result';
import { floatsToText } from './float-text';
import { wilson } from './wilson';

/** A result of four examples of 2 x 2 pixels, as evaluate would give it. */
export function resultFixture(changes: Partial<EvaluationResult> = {}): EvaluationResult {
  const record = {
    label: 0,
    prediction: 0,
    correct: true,
    brokenBy: null,
    adversarialPrediction: 0,
    cleanMargin: 2,
    distance: null,
    margin: 0.5,
    loss: 0.4,
  };
  const passes = { forwards: 11, backwards: 10 };
  return {
    schema: 'agoge/evaluation@3',
    setup: {
      ...{ from: 0, examples: 4, batchSize: 64, seed: 0, meets: 'survivors', keep: 8, images: 'none' },
      threat: { norm: 'linf', eps: 0.1 },
      attacks: [{ name: 'pgd', options: { eps: 0.1, steps: 10 } }],
      data: { hash: 'ab'.repeat(32), examples: 4 },
      model: { weights: 'cd'.repeat(32), classes: 2, bounds: [0, 1] },
      backend: 'cpu',
      versions: { '@agoge/attacks': '0.0.0', '@tensorflow/tfjs-core': '4.22.0' },
    },
    model: { name: 'at-pssilu', learned: [{ name: 'pssilu/alpha', value: 1.5 }] },
    data: { hash: 'ab'.repeat(32), examples: 4, classes: 2, bounds: [0, 1], shape: [2, 2, 1] },
    threat: { norm: 'linf', eps: 0.1 },
    n: 4,
    cleanAccuracy: 0.75,
    robustAccuracy: 0.5,
    interval: wilson(2, 4),
    cleanInterval: wilson(3, 4),
    attacks: [
      {
        name: 'pgd',
        norm: 'linf',
        needs: 'gradient',
        options: { eps: 0.1, steps: 10 },
        attempted: 3,
        broken: 1,
        newlyBroken: 1,
        unique: 1,
        refuted: 0,
        outside: 0,
        forwards: 33,
        backwards: 30,
        zeroGradients: 0,
      },
    ],
    records: [
      { index: 0, ...record, ...passes },
      { index: 1, ...record, ...passes },
      { index: 2, ...record, ...passes, brokenBy: 'pgd', distance: 0.1, margin: -0.2 },
      {
        index: 3,
        ...record,
        label: 1,
        correct: false,
        cleanMargin: -1,
        distance: 0,
        margin: -1,
        forwards: 1,
        backwards: 0,
      },
    ],
    images: [
      {
        index: 2,
        label: 0,
        prediction: 0,
        adversarialPrediction: 1,
        attack: 'pgd',
        shape: [2, 2, 1],
        clean: floatsToText(Float32Array.of(0, 0.5, 1, 0.25)),
        adversarial: floatsToText(Float32Array.of(0.1, 0.4, 0.9, 0.25)),
      },
    ],
    warnings: [{ code: 'few-examples', message: 'with 4 examples the robust accuracy is hardly known' }],
    run: {
      backend: 'cpu',
      threads: 1,
      node: '20.20.0',
      platform: 'linux x64',
      cpus: { model: 'a processor', count: 2 },
      versions: { '@tensorflow/tfjs-core': '4.22.0' },
      seed: 0,
      batchSize: 64,
      meets: 'survivors',
      seconds: 2,
      examplesPerSecond: 2,
      attackSeconds: [1.9],
      date: '2026-11-21T08:00:00.000Z',
      command: 'agoge evaluate --model runs/at-pssilu --eps 0.1',
    },
    ...changes,
  };
}
