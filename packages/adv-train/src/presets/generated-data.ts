import type { Preset } from './preset';

const trades = {
  norm: 'linf',
  eps: 8 / 255,
  steps: 10,
  stepSize: 2 / 255,
  start: 'uniform',
  statistics: 'batch',
} as const;
const sgd = { name: 'sgd', options: { nesterov: true, weightDecay: 5e-4 } } as const;
const statisticsAtFirst = 'running statistics that are those of the first batch after the first step';
const decays = 'allButNormalization';

/** TRADES on CIFAR-10 and seven tenths of generated images, the weights averaged. */
export const gowal: Preset = {
  source:
    'Gowal et al., Uncovering the limits of adversarial training (2020), Rebuffi et al., Data augmentation can improve robustness (2021); their code in JAX',
  ours: {
    microBatch:
      'the source has the statistics of four parts of each batch; how it joins them in the running ones was not seen',
  },
  lacks: [],
  objective: {
    name: 'trades',
    options: { ...trades, moves: 'adam', stepSize: 0.1, drops: [5], beta: 6, statisticsOf: 'adversarial' },
  },
  optimizer: sgd,
  schedule: { name: 'cosine', options: { learningRate: 0.4, warmup: 10, initial: 0, final: 0 } },
  epochs: 400,
  batchSize: 1024,
  microBatch: 256,
  extraSmoothing: 0.1,
  average: { name: 'ema', options: { decay: 0.995 } },
};

/** The same as it is known in PyTorch, with a rate that rises and falls. */
export const rade: Preset = {
  source: "R. Rade's adversarial_robustness_pytorch, code of Gowal et al. (2020) and Rebuffi et al. (2021) in PyTorch",
  ours: {},
  lacks: [statisticsAtFirst],
  objective: { name: 'trades', options: { ...trades, beta: 6, labelSmoothing: 0.1 } },
  optimizer: sgd,
  schedule: { name: 'oneCycle', options: { learningRate: 0.4, rise: 0.025, every: 'epoch' } },
  epochs: 400,
  batchSize: 1024,
  decays,
  average: { name: 'ema', options: { decay: 0.995, warmUp: 0.025 } },
};

/**
 * TRADES on CIFAR-10 and a million images of a better diffusion model. The code's options LSE and consistency, off in the published run,
 * are `measure: 'squaredError'` with `labelSmoothing: 1 / 9`, and `consistency: 1`, of the objective.
 */
export const dmImprovesAt: Preset = {
  source: 'Wang et al., Better diffusion models further improve adversarial training (ICML 2023); its code',
  ours: {},
  lacks: [statisticsAtFirst],
  objective: { name: 'trades', options: { ...trades, beta: 5, labelSmoothing: 0.1 } },
  optimizer: sgd,
  schedule: { name: 'oneCycle', options: { learningRate: 0.2, rise: 0.025, every: 'epoch' } },
  epochs: 400,
  batchSize: 512,
  decays,
  average: { name: 'ema', options: { decay: 0.995, warmUp: 0.025 } },
};
