import { fromLayersModel } from '@agoge/core';
import { shapes } from '@agoge/datasets';
import { memory } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { type PresetName, planned, presets, type TrainingPlan, withEpochs } from './presets';
import { fit } from './train';

const names = Object.keys(presets) as PresetName[];
const data = shapes({ examples: 8, size: 8, channels: 1, classes: 3 });
const network = () =>
  fromLayersModel(
    sequential({
      layers: [
        layers.conv2d({
          name: 'conv',
          inputShape: [8, 8, 1],
          filters: 2,
          kernelSize: 3,
          strides: 2,
          activation: 'relu',
        }),
        layers.flatten(),
        layers.dense({ name: 'last', units: 3 }),
      ],
    }),
    { bounds: data.bounds },
  );

/** What a path such as `schedule.options.milestones` leads to. */
const at = (value: unknown, path: string) =>
  path.split('.').reduce((here, key) => (here as Record<string, unknown> | undefined)?.[key], value as unknown);

describe.each(names)('%s', (name) => {
  const preset: TrainingPlan & { ours: object } = presets[name];

  it('is JSON, and what it calls its own is there', () => {
    expect(JSON.parse(JSON.stringify(preset))).toEqual(preset);
    for (const path of Object.keys(preset.ours)) expect(at(preset, path), path).toBeDefined();
  });

  it('holds options that their makers take as they stand', () => {
    const plan = planned(preset, { averaged: network() });
    const { objective, optimizer, schedule, weightPerturbation, average } = plan;
    for (const name of ['microBatch', 'clipNorm', 'decays', 'extraSmoothing'] as const) {
      expect(plan[name], name).toBe(preset[name]);
    }
    expect(objective).toMatchObject(preset.objective);
    expect(optimizer).toMatchObject(preset.optimizer);
    expect(schedule).toMatchObject(preset.schedule);
    expect(weightPerturbation?.options).toEqual(preset.weightPerturbation?.options);
    if (preset.average) expect(average?.options).toMatchObject(preset.average.options);
  });

  it('makes two steps that change the weights', async () => {
    const model = network();
    const before = await weightsOf(model);
    const averaged = preset.average && network();
    const options = planned({ ...withEpochs(preset, 2), batchSize: 8 }, averaged && { averaged });
    const tensors = memory().numTensors;
    const { epochs } = await fit(model, data, { ...options, probe: false });
    expect(epochs).toHaveLength(2);
    expect(memory().numTensors).toBe(tensors);
    expect(await weightsOf(model)).not.toEqual(before);
  });
});

async function weightsOf(model: ReturnType<typeof network>): Promise<number[]> {
  const all = await Promise.all(model.parameters().map(({ variable }) => variable.data()));
  return all.flatMap((each) => [...each]);
}

it('milestones and warm-ups move with the number of epochs', () => {
  expect(withEpochs(presets.rice, 20)).toMatchObject({ epochs: 20, schedule: { options: { milestones: [10, 15] } } });
  expect(withEpochs(presets.gowal, 200).schedule.options).toMatchObject({ warmup: 5, learningRate: 0.4 });
  expect(withEpochs(presets['trades-awp'], 50).weightPerturbation?.options).toEqual({ gamma: 0.005, warmUp: 2.5 });
  expect(withEpochs(presets['fast-mnist'], 1).schedule).toEqual(presets['fast-mnist'].schedule);
  const rates = ({ schedule, epochs }: { schedule: { at(progress: object): number }; epochs: number }, share: number) =>
    schedule.at({ step: share * epochs * 100, epoch: 0, totalSteps: epochs * 100, stepsPerEpoch: 100 });
  for (const share of [0, 0.3, 0.49, 0.51, 0.76]) {
    const [whole, short] = [presets.rice, withEpochs(presets.rice, 7)].map((each) => planned(each));
    expect(rates(short as never, share)).toBeCloseTo(rates(whole as never, share), 12);
  }
});

it('of DM-Improves-AT has its optional terms off, and takes them', () => {
  const { 'dm-improves-at': preset } = presets;
  expect(planned(preset, { averaged: network() }).objective.options).toMatchObject({
    measure: 'divergence',
    consistency: 0,
    temperature: 0.5,
  });
  const options = { ...preset.objective.options, measure: 'squaredError', consistency: 1 } as never;
  const { objective } = planned({ ...preset, objective: { name: 'trades', options } }, { averaged: network() });
  expect(objective.options).toMatchObject({ measure: 'squaredError', climbs: 'squaredError', consistency: 1 });
});

it.each<[string, () => unknown, string]>([
  [
    'an average that has no place',
    () => planned(presets.rade),
    'planned: averaged must be a copy of the network, for ema',
  ],
  ['no epochs', () => withEpochs(presets.rice, 0), 'withEpochs: epochs must be an integer >= 1, got 0'],
  [
    'an objective that is none',
    () => planned({ ...presets.rice, objective: { name: 'tradez', options: { eps: 1 } } as never }),
    'planned: unknown objective "tradez"; did you mean "trades"?',
  ],
  [
    'options that their maker refuses',
    () => planned({ ...presets.rice, schedule: { name: 'constant', options: { rate: 1 } } as never }),
    'constant: unknown option "rate"',
  ],
])('refuses %s', (_, act, message) => {
  expect(act).toThrow(message);
});
