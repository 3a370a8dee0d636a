import { pgd, type Recipe } from './recipe';

/** Fast adversarial training on MNIST. */
export const fastMnist: Recipe = {
  title: "fast adversarial training's small network on MNIST",
  source:
    "Wong, Rice, Kolter, Fast is better than free (ICLR 2020), and its code; published: clean 98.50 %, PGD 88.77 %, AutoAttack 82.93 % (AutoAttack's table)",
  ours: { 'validation.options.steps': 'the source does not validate' },
  lacks: [],
  preset: 'fast-mnist',
  network: { name: 'fastAtCnn', options: { width: 16 } },
  activation: { name: 'relu', options: {} },
  data: { name: 'mnist' },
  augment: [],
  heldOut: 0,
  validation: pgd(0.3, 40, 0.01),
  evaluation: [pgd(0.3, 50, 0.01, 10)],
};
