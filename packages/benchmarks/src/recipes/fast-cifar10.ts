import { cifar10Pixels, cropAndFlip, pgd, type Recipe } from './recipe';

/** Fast adversarial training on CIFAR-10. */
export const fastCifar10: Recipe = {
  title: 'fast adversarial training of PreActResNet-18 on CIFAR-10',
  source:
    'Wong, Rice, Kolter, Fast is better than free (ICLR 2020), and its code; published: clean 83.34 %, PGD 46.06 %, AutoAttack 43.21 % (RobustBench)',
  ours: {
    heldOut: 'the source watches a batch of training images',
    'pixels.mean': 'that it normalises, and by what, was not seen',
    'evaluation.0.options.steps': 'as on MNIST, with the step that is usual on CIFAR-10',
  },
  lacks: [],
  preset: 'fast-cifar10',
  network: { name: 'preActResNet18', options: { width: 64, shortcut: 'input' } },
  activation: { name: 'relu', options: {} },
  pixels: cifar10Pixels,
  data: { name: 'cifar10' },
  augment: cropAndFlip,
  heldOut: 1000,
  validation: pgd(8 / 255, 10, 2 / 255),
  evaluation: [pgd(8 / 255, 50, 2 / 255, 10)],
};
