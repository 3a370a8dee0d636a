import type { Preset } from './preset';

/** Adversarial training on CIFAR-10 in 110 epochs, of which the last ten count. */
export const pang: Preset = {
  source: 'Pang, Yang, Dong, Su, Zhu, Bag of tricks for adversarial training (ICLR 2021); its code',
  ours: {},
  lacks: [],
  objective: {
    name: 'adversarialTraining',
    options: { norm: 'linf', eps: 8 / 255, steps: 10, stepSize: 2 / 255, statistics: 'running' },
  },
  optimizer: { name: 'sgd', options: { weightDecay: 5e-4 } },
  schedule: { name: 'piecewise', options: { learningRate: 0.1, milestones: [100, 105], factor: 0.1 } },
  epochs: 110,
  batchSize: 128,
};
