import { cropAndFlip, pgd, type Recipe } from './recipe';

/** TRADES on CIFAR-10. */
export const tradesCifar10: Recipe = {
  title: 'TRADES of WRN-34-10 on CIFAR-10',
  source:
    'Zhang et al., Theoretically principled trade-off between robustness and accuracy (ICML 2019), and its code; published: clean 84.92 %, PGD-20 56.61 %, AutoAttack 53.08 %, at eps 0.031',
  ours: {
    heldOut: 'the source holds nothing out, watches clean images, and keeps the last epoch',
    'evaluation.0.options.stepSize': "MART's",
  },
  lacks: [],
  preset: 'trades-cifar10',
  network: { name: 'wideResNet', options: { depth: 34, width: 10 } },
  activation: { name: 'relu', options: {} },
  data: { name: 'cifar10' },
  augment: cropAndFlip,
  heldOut: 1000,
  validation: pgd(0.031, 10, 0.007),
  evaluation: [pgd(0.031, 20, 0.003)],
};
