import { cifar10Pixels, cropAndFlip, pgd, type Recipe } from './recipe';

const run = {
  network: { name: 'preActResNet18', options: { width: 64 } },
  activation: { name: 'relu', options: {} },
  pixels: cifar10Pixels,
  data: { name: 'cifar10' },
  augment: cropAndFlip,
  heldOut: 1000,
  validation: pgd(8 / 255, 10, 2 / 255),
  evaluation: [pgd(8 / 255, 20, 2 / 255)],
} as const;
const unseen = { 'evaluation.0.options.stepSize': 'not seen; that of training', 'pixels.mean': 'four digits of it' };

/** Adversarial training as robust overfitting was found in it. */
export const riceCifar10: Recipe = {
  title: 'adversarial training of PreActResNet-18 on CIFAR-10, with early stopping',
  source:
    'Rice, Wong, Kolter, Overfitting in adversarially robust deep learning (ICML 2020); PGD-20 on the test images in the logs of AWP: best 52.79 % (clean 81.70 %), last 43.75 % (84.60 %)',
  ours: unseen,
  lacks: [],
  preset: 'rice',
  ...run,
};

/** The same with perturbed weights. */
export const atAwpCifar10: Recipe = {
  title: 'adversarial training with perturbed weights of PreActResNet-18 on CIFAR-10',
  source:
    'Wu, Xia, Wang, Adversarial weight perturbation helps robust generalization (NeurIPS 2020), and its logs; PGD-20: best 55.39 % (clean 81.18 %), last 54.30 % (81.65 %)',
  ours: { ...unseen, heldOut: 'the source keeps the best epoch by PGD-20 on the test images' },
  lacks: [],
  preset: 'at-awp',
  ...run,
};
