import type { Preset } from './preset';

const source = 'Wu, Xia, Wang, Adversarial weight perturbation helps robust generalization (NeurIPS 2020); its code';
const threat = { norm: 'linf', eps: 8 / 255, steps: 10, stepSize: 2 / 255 } as const;
const run = {
  optimizer: { name: 'sgd', options: { momentum: 0.9, weightDecay: 5e-4 } },
  schedule: { name: 'piecewise', options: { learningRate: 0.1, milestones: [100, 150], factor: 0.1 } },
  epochs: 200,
  batchSize: 128,
} as const;

/** Adversarial training with perturbed weights on CIFAR-10. */
export const atAwp: Preset = {
  source,
  ours: { 'objective.options.statistics': 'the source moves the running ones too while it crafts' },
  lacks: [],
  objective: { name: 'adversarialTraining', options: { ...threat, start: 'uniform', statistics: 'batch' } },
  ...run,
  weightPerturbation: { name: 'awp', options: { gamma: 0.01, warmUp: 0 } },
};

/** TRADES with perturbed weights on CIFAR-10. */
export const tradesAwp: Preset = {
  source,
  ours: {},
  lacks: [],
  objective: { name: 'trades', options: { ...threat, statistics: 'running', beta: 6 } },
  ...run,
  weightPerturbation: { name: 'awp', options: { gamma: 0.005, warmUp: 10 } },
};
