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
const undecayed = 'weight decay that leaves out batch normalisation';

/** TRADES on CIFAR-10 and seven tenths of generated images, the weights averaged. */
export const gowal: Preset = {
  source:
    'Gowal et al., Uncovering the limits of adversarial training (2020), Rebuffi et al., Data augmentation can improve robustness (2021); their code in JAX',
  ours: {
    'objective.options.stepSize': 'the source climbs by Adam, at a rate of 0.1, from step 5 on 0.01; this is of Rade',
  },
  lacks: [
    'Adam as the attack of training',
    'label smoothing of 0.1 on generated images',
    'running statistics of adversarial images alone',
    'statistics of four parts of each batch',
  ],
  objective: { name: 'trades', options: { ...trades, beta: 6 } },
  optimizer: sgd,
  schedule: { name: 'cosine', options: { learningRate: 0.4, warmup: 10, initial: 0, final: 0 } },
  epochs: 400,
  batchSize: 1024,
  average: { name: 'ema', options: { decay: 0.995 } },
};

/** The same as it is known in PyTorch, with a rate that rises and falls. */
export const rade: Preset = {
  source: "R. Rade's adversarial_robustness_pytorch, code of Gowal et al. (2020) and Rebuffi et al. (2021) in PyTorch",
  ours: {},
  lacks: [undecayed, statisticsAtFirst],
  objective: { name: 'trades', options: { ...trades, beta: 6, labelSmoothing: 0.1 } },
  optimizer: sgd,
  schedule: { name: 'oneCycle', options: { learningRate: 0.4, rise: 0.025, every: 'epoch' } },
  epochs: 400,
  batchSize: 1024,
  average: { name: 'ema', options: { decay: 0.995, warmUp: 0.025 } },
};

/** TRADES on CIFAR-10 and a million images of a better diffusion model. */
export const dmImprovesAt: Preset = {
  source: 'Wang et al., Better diffusion models further improve adversarial training (ICML 2023); its code',
  ours: {},
  lacks: [undecayed, statisticsAtFirst],
  objective: { name: 'trades', options: { ...trades, beta: 5, labelSmoothing: 0.1 } },
  optimizer: sgd,
  schedule: { name: 'oneCycle', options: { learningRate: 0.2, rise: 0.025, every: 'epoch' } },
  epochs: 400,
  batchSize: 512,
  average: { name: 'ema', options: { decay: 0.995, warmUp: 0.025 } },
};
