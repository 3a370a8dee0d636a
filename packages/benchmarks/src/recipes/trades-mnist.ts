import { pgd, type Recipe } from './recipe';

/** TRADES on MNIST. */
export const tradesMnist: Recipe = {
  title: "TRADES's SmallCNN on MNIST",
  source:
    'Zhang et al., Theoretically principled trade-off between robustness and accuracy (ICML 2019), and its code; published: clean 99.48 %, PGD-40 96.07 %, AutoAttack 92.81 %',
  ours: {
    'validation.options.steps': 'the source watches clean images alone',
  },
  lacks: [],
  preset: 'trades-mnist',
  network: { name: 'tradesCnn', options: { width: 32 } },
  activation: { name: 'relu', options: {} },
  data: { name: 'mnist' },
  augment: [],
  heldOut: 0,
  validation: pgd(0.3, 40, 0.01),
  evaluation: [pgd(0.3, 40, 0.01)],
};
