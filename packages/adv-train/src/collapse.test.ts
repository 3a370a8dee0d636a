import '@tensorflow/tfjs-backend-cpu';
import { pgdAttack } from '@agoge/attacks';
import { ensureGradients, fromLayersModel, memoryStore, type Objective, type Progress } from '@agoge/core';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { wideAndNarrow } from '../test/features';
import { probeOf, type TrainingWarning, warningsOf } from './collapse';
import type { EpochRecord } from './history';
import { adversarialTraining } from './objectives/adversarial-training';
import { freeAdversarialTraining } from './objectives/free';
import { fgsmRs } from './objectives/single-step';
import { standard } from './objectives/standard';
import { constant } from './schedules';
import { sgd } from './sgd';
import { fit } from './train';
import type { TrainOptions } from './train-options';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const network = () => {
  const kernelInitializer = (i: number) => initializers.heNormal({ seed: 10 + i });
  const hidden = (i: number) =>
    layers.dense({ name: `hidden${i}`, units: 32, activation: 'relu', kernelInitializer: kernelInitializer(i) });
  return fromLayersModel(
    sequential({
      layers: [
        layers.flatten({ inputShape: [8, 8, 1] }),
        hidden(0),
        hidden(1),
        layers.dense({ name: 'logits', units: 2, kernelInitializer: kernelInitializer(2) }),
      ],
    }),
    { bounds: [0, 1], mean: [0.5] },
  );
};
const data = wideAndNarrow(200, 1);
const options = (objective: Objective, more: Partial<TrainOptions> = {}): TrainOptions => ({
  objective,
  ...{ epochs: 12, batchSize: 25, seed: 1 },
  optimizer: sgd({ weightDecay: 0 }),
  schedule: constant({ learningRate: 0.1 }),
  ...more,
});
/** One step as large as the ball, from the image itself: nothing between image and corner is ever seen. */
const fgsm = adversarialTraining({ eps: 0.2, steps: 1, stepSize: 0.2, start: 'zero' });

describe('catastrophic overfitting', () => {
  it('of single-step training is told, in words, while it goes on', async () => {
    const told: TrainingWarning[] = [];
    const notes: Progress[] = [];
    const callbacks = { onWarning: (warning: TrainingWarning) => void told.push(warning) };
    const run = options(fgsm, { callbacks, onProgress: (progress) => void notes.push(progress) });
    const { epochs, warnings, stopped } = await fit(network(), data, run);
    const last = epochs[11].probe;
    expect(last?.ownAccuracy).toBeGreaterThan(0.8);
    expect(last?.robustAccuracy).toBeLessThan(0.25);
    expect(warnings?.length).toBeGreaterThan(0);
    expect(warnings).toEqual(told);
    expect(told[0].message).toMatch(
      /^catastrophic overfitting in epoch \d+: of the first training images \d+ % withstand pgd.*, but \d+ % what/,
    );
    expect(told[0].message).toContain('train with a smaller stepSize or eps, or with more steps');
    expect(notes.map(({ note }) => note)).toContain(told[0].message);
    expect(stopped).toBeUndefined();
  });

  it('ends the run where the probe says so, also one that goes on', async () => {
    const checkpoint = { store: memoryStore(), name: 'run' };
    const run = options(fgsm, { probe: { stop: true }, checkpoint });
    const history = await fit(network(), data, run);
    expect(history.stopped).toBe('collapse');
    expect(history.epochs.length).toBeLessThan(12);
    expect(history.warnings?.[0].epoch).toBe(history.epochs.length - 1);
    expect(await fit(network(), data, run)).toEqual(history);
  });

  it('is not told of training by PGD, whether it learns or not', async () => {
    for (const [eps, learns] of [
      [0.05, true],
      [0.2, false],
    ] as const) {
      const { epochs, warnings } = await fit(
        network(),
        data,
        options(adversarialTraining({ eps, steps: 3 }), { epochs: 8, probe: true }),
      );
      expect(warnings).toBeUndefined();
      const { robustAccuracy = 0, ownAccuracy = 0 } = epochs[7].probe ?? {};
      expect(robustAccuracy > 0.8).toBe(learns);
      expect(Math.abs(ownAccuracy - robustAccuracy)).toBeLessThan(0.1);
    }
  });
});

describe('a probe', () => {
  it('is there for single steps and replays, and elsewhere on request', () => {
    const attack = pgdAttack({ eps: 0.1, steps: 10 });
    const shown = (objective: Objective, asked?: Parameters<typeof probeOf>[2]) => {
      const probe = probeOf('fit', objective, asked);
      return probe && { ...probe, attack: probe.attack.options };
    };
    const usual = { attack: attack.options, examples: 128, drop: 0.2, stop: false };
    expect(shown(fgsmRs({ eps: 0.1 }))).toEqual(usual);
    expect(shown(freeAdversarialTraining({ eps: 0.1 }))).toEqual(usual);
    expect(shown(fgsmRs({ eps: 0.1 }), false)).toBeUndefined();
    expect(shown(adversarialTraining({ eps: 0.1 }))).toBeUndefined();
    expect(shown(adversarialTraining({ eps: 0.1 }), true)).toEqual(usual);
    expect(shown(standard())).toBeUndefined();
    expect(shown(standard(), { attack, drop: 0.3 })).toEqual({ ...usual, drop: 0.3 });
  });

  it('keeps no tensor', async () => {
    const model = network();
    const before = memory().numTensors;
    await fit(model, data, options(fgsmRs({ eps: 0.1 }), { epochs: 1, probe: { examples: 70 } }));
    expect(memory().numTensors).toBe(before);
  });

  const warned = (...figures: [robust: number, own: number][]) => {
    const epochs = figures.map(([robustAccuracy, ownAccuracy], epoch) => {
      return { epoch, probe: { cleanAccuracy: 1, robustAccuracy, ownAccuracy } } as EpochRecord;
    });
    const probe = probeOf('fit', fgsmRs({ eps: 0.1 }), { drop: 0.2 });
    return probe ? warningsOf(epochs, probe).map(({ epoch }) => epoch) : [];
  };
  it('tells a fall of the attack alone, a gap alone if it is wide, and neither twice', () => {
    expect(warned([0.5, 0.6], [0.29, 0.6])).toEqual([1]);
    expect(warned([0.5, 0.6], [0.29, 0.6], [0.1, 0.9], [0.4, 0.5], [0.1, 0.9])).toEqual([1, 4]);
    expect(warned([0.5, 0.6], [0.4, 0.6], [0.28, 0.9])).toEqual([2]);
    expect(warned([0.1, 0.7])).toEqual([0]);
  });
  it('tells no fall of both, and no small gap', () => {
    expect(warned([0.5, 0.6], [0.1, 0.2])).toEqual([]);
    expect(warned([0.1, 0.5], [0.2, 0.6], [0.4, 0.7])).toEqual([]);
    expect(warned([0.5, 0.6], [0.32, 0.7])).toEqual([]);
  });
});
