import type { Preset } from './preset';

/** MART on CIFAR-10, for ResNet-18. */
export const martCifar10: Preset = {
  source:
    'Wang et al., Improving adversarial robustness requires revisiting misclassified examples (ICLR 2020); its code',
  ours: { 'schedule.options.milestones': 'the source says epochs 75, 90 and 100, taken to count from 1 as in TRADES' },
  lacks: [],
  objective: {
    name: 'mart',
    options: {
      norm: 'linf',
      eps: 0.031,
      steps: 10,
      stepSize: 0.007,
      start: 'gaussian',
      statistics: 'running',
      beta: 5,
    },
  },
  optimizer: { name: 'sgd', options: { momentum: 0.9, weightDecay: 3.5e-3 } },
  schedule: { name: 'piecewise', options: { learningRate: 0.01, milestones: [74, 89, 99], factor: 0.1 } },
  epochs: 120,
  batchSize: 128,
};
