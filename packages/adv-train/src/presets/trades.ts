import type { Preset } from './preset';

const source =
  'Zhang et al., Theoretically principled trade-off between robustness and accuracy (ICML 2019); its code, whose epochs count from 1';
const lacks = ['a third forward pass of the clean images, which weighs them double in the running statistics'];

/** TRADES on MNIST. */
export const tradesMnist: Preset = {
  source,
  ours: {},
  lacks: [],
  objective: {
    name: 'trades',
    options: { norm: 'linf', eps: 0.3, steps: 40, stepSize: 0.01, start: 'gaussian', beta: 1 },
  },
  optimizer: { name: 'sgd', options: { momentum: 0.9, weightDecay: 0 } },
  schedule: { name: 'piecewise', options: { learningRate: 0.01, milestones: [54, 74, 89], factor: 0.1 } },
  epochs: 100,
  batchSize: 128,
};

/** TRADES on CIFAR-10. */
export const tradesCifar10: Preset = {
  source,
  ours: {},
  lacks,
  objective: {
    name: 'trades',
    options: {
      norm: 'linf',
      eps: 0.031,
      steps: 10,
      stepSize: 0.007,
      start: 'gaussian',
      clipStart: false,
      statistics: 'running',
      beta: 6,
    },
  },
  optimizer: { name: 'sgd', options: { momentum: 0.9, weightDecay: 2e-4 } },
  schedule: { name: 'piecewise', options: { learningRate: 0.1, milestones: [74, 89, 99], factor: 0.1 } },
  epochs: 76,
  batchSize: 128,
};
