import type { Preset } from './preset';

/** Single-step training of smooth networks on ImageNet. */
export const sat: Preset = {
  source: "Xie, Tan, Gong, Yuille, Le, Smooth adversarial training (2020); the defaults of its code's skeleton",
  ours: {
    batchSize: 'not seen; the source takes a rate of 0.1 for 256 images and scales it, with a warm-up of 5 epochs',
  },
  lacks: [],
  objective: {
    name: 'pgd1',
    options: {
      norm: 'linf',
      eps: 4 / 255,
      stepSize: 4 / 255,
      start: 'uniform',
      cleanShare: 0.2,
      statistics: 'running',
      labelSmoothing: 0.1,
    },
  },
  optimizer: { name: 'sgd', options: { momentum: 0.9, nesterov: true, weightDecay: 1e-4 } },
  schedule: { name: 'piecewise', options: { learningRate: 0.1, milestones: [30, 60, 90], factor: 0.1 } },
  epochs: 100,
  batchSize: 256,
  decays: 'kernels',
};
