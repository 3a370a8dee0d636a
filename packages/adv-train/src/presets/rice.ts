import type { Preset } from './preset';

/** Adversarial training on CIFAR-10 as robust overfitting was found in it: keep the best epoch of a validation. */
export const rice: Preset = {
  source: 'Rice, Wong, Kolter, Overfitting in adversarially robust deep learning (ICML 2020); its code',
  ours: { 'objective.options.statistics': 'the source moves the running ones too while it crafts' },
  lacks: [],
  objective: {
    name: 'adversarialTraining',
    options: { norm: 'linf', eps: 8 / 255, steps: 10, stepSize: 2 / 255, clipStart: true, statistics: 'batch' },
  },
  optimizer: { name: 'sgd', options: { weightDecay: 5e-4 } },
  schedule: { name: 'piecewise', options: { learningRate: 0.1, milestones: [100, 150], factor: 0.1 } },
  epochs: 200,
  batchSize: 128,
};
