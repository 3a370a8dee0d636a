import type { Preset } from './preset';

/** Adversarial training on CIFAR-10 for parametric activations, which bring penalty and clip of their own. */
export const paf: Preset = {
  source: 'Dai, Mahloujifar, Mittal, Parameterizing activation functions for adversarial robustness (2021); its code',
  ours: {
    'objective.name': 'the code has TRADES with beta 6 too, and does not say which made the published numbers',
  },
  lacks: ['a forward pass of clean images before each update, which moves the running statistics'],
  objective: {
    name: 'adversarialTraining',
    options: {
      norm: 'linf',
      eps: 0.031,
      steps: 10,
      stepSize: 0.0078,
      start: 'uniform',
      clipStart: false,
      statistics: 'running',
    },
  },
  optimizer: { name: 'sgd', options: { momentum: 0.9, nesterov: true, weightDecay: 5e-4 } },
  schedule: { name: 'cosine', options: { learningRate: 0.1, final: 0.001 } },
  epochs: 200,
  batchSize: 256,
};
