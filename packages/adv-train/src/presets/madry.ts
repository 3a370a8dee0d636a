import type { Preset } from './preset';

const source =
  'Madry et al., Towards deep learning models resistant to adversarial attacks (ICLR 2018); code of its MNIST challenge';

/** Adversarial training on MNIST. */
export const madryMnist: Preset = {
  source,
  ours: { epochs: 'the source makes 100,000 steps, which are 83.3 epochs of 60,000 images' },
  lacks: [],
  objective: {
    name: 'adversarialTraining',
    options: { norm: 'linf', eps: 0.3, steps: 40, stepSize: 0.01, start: 'uniform' },
  },
  optimizer: { name: 'adam', options: {} },
  schedule: { name: 'constant', options: { learningRate: 1e-4 } },
  epochs: 83,
  batchSize: 50,
};
