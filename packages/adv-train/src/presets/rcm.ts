import type { Preset } from './preset';

const source = 'Xu, Yang et al., RCM (2022; IEEE TNNLS 2025); its code';
const sgd = { name: 'sgd', options: { momentum: 0.9, nesterov: false, weightDecay: 5e-4 } } as const;
const whole = {
  optimizer: sgd,
  schedule: { name: 'piecewise', options: { learningRate: 0.1, milestones: [100, 105], factor: 0.1 } },
  epochs: 110,
  batchSize: 128,
} as const;
const long = {
  optimizer: sgd,
  schedule: { name: 'piecewise', options: { learningRate: 0.1, milestones: [100, 150], factor: 0.1 } },
  epochs: 200,
  batchSize: 128,
} as const;
const threat = { norm: 'linf', eps: 8 / 255, steps: 10, stepSize: 2 / 255, statistics: 'running' } as const;
const facts = { source, ours: {}, lacks: [] } as const;

/** Adversarial training. */
export const rcmAt: Preset = {
  ...facts,
  objective: { name: 'adversarialTraining', options: threat },
  ...whole,
};

/** Adversarial logit pairing. */
export const rcmAlp: Preset = {
  ...facts,
  objective: { name: 'alp', options: { ...threat, beta: 0.5 } },
  ...whole,
};

/** TRADES. */
export const rcmTrades: Preset = {
  ...facts,
  objective: {
    name: 'trades',
    options: { ...threat, stepSize: 0.007, start: 'gaussian', clipStart: false, beta: 6 },
  },
  ...whole,
};

/** Adversarial training with perturbed weights. */
export const rcmAtAwp: Preset = {
  ...facts,
  objective: { name: 'adversarialTraining', options: threat },
  ...long,
  weightPerturbation: { name: 'awp', options: { gamma: 0.01, warmUp: 0 } },
};

/** TRADES with perturbed weights. */
export const rcmTradesAwp: Preset = {
  ...facts,
  objective: { name: 'trades', options: { ...threat, beta: 6 } },
  ...long,
  weightPerturbation: { name: 'awp', options: { gamma: 0.005, warmUp: 10 } },
};
