import type { Preset } from './preset';

const source = 'Wong, Rice, Kolter, Fast is better than free (ICLR 2020); its code';

/** FGSM from a random start on MNIST, with a step of 1.25 eps. */
export const fastMnist: Preset = {
  source,
  ours: {},
  lacks: [],
  objective: { name: 'fgsmRs', options: { norm: 'linf', eps: 0.3, stepSize: 0.375, clipStart: false } },
  optimizer: { name: 'adam', options: {} },
  schedule: {
    name: 'linear',
    options: {
      points: [
        [0, 0],
        [0.4, 5e-3],
        [1, 0],
      ],
    },
  },
  epochs: 10,
  batchSize: 100,
};

/** FGSM from a random start on CIFAR-10. */
export const fastCifar10: Preset = {
  source,
  ours: { 'objective.options.statistics': 'the source moves the running ones too while it crafts' },
  lacks: ['half precision', 'the end of the run where PGD on a batch of training images falls: see the option `probe`'],
  objective: {
    name: 'fgsmRs',
    options: { norm: 'linf', eps: 8 / 255, stepSize: 10 / 255, clipStart: true, statistics: 'batch' },
  },
  optimizer: { name: 'sgd', options: { weightDecay: 5e-4 } },
  schedule: {
    name: 'linear',
    options: {
      points: [
        [0, 0],
        [0.5, 0.2],
        [1, 0],
      ],
    },
  },
  epochs: 15,
  batchSize: 128,
};
