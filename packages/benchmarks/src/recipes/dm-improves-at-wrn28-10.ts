import { cropAndFlip, type Recipe } from './recipe';

/** DM-Improves-AT's WRN-28-10 with SiLU, the weights averaged; without LSE, CutMix and consistency, which are options of the code. */
export const dmImprovesAtWrn2810: Recipe = {
  title: 'TRADES of WRN-28-10 with SiLU on CIFAR-10 and generated images',
  source:
    'Wang et al., Better diffusion models further improve adversarial training (ICML 2023), and its code; published with more images: clean 92.44 %, AutoAttack 67.31 %',
  ours: {
    'network.options.code': "the form of DeepMind's networks, whose code it grew out of",
    'pixels.mean': 'that it normalises, and by what, was not seen',
  },
  lacks: [],
  preset: 'dm-improves-at',
  network: { name: 'wideResNet', options: { depth: 28, width: 10, code: 'deepmind' } },
  activation: { name: 'silu', options: {} },
  pixels: { mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616] },
  data: { name: 'cifar10' },
  augment: cropAndFlip,
  synthetic: { fraction: 0.7 },
  heldOut: 1024,
  validation: { name: 'pgd', options: { norm: 'linf', eps: 8 / 255, steps: 40, stepSize: 2 / 255, loss: 'margin' } },
  evaluation: [{ name: 'pgd', options: { norm: 'linf', eps: 8 / 255, steps: 40, stepSize: 2 / 255, loss: 'margin' } }],
};
