import { pgd, type Recipe } from './recipe';

/** SAT's ResNet-50 with SiLU, on the part of ImageNet that fits a small machine. */
export const satResnet50Imagenette: Recipe = {
  title: 'smooth adversarial training of ResNet-50 with SiLU on Imagenette',
  source:
    'Xie, Tan, Gong, Yuille, Le, Smooth adversarial training (2020), and its code; published on ImageNet: clean 69.7 %, PGD-10 43.0 %, PGD-50 41.9 %, PGD-200 42.3 %',
  ours: {
    'data.name': 'ImageNet in the source',
    'augment.0.name': 'the augmentation of the source was not seen',
    heldOut: 'not seen in the source',
  },
  lacks: [],
  preset: 'sat',
  network: { name: 'resnet50', options: { width: 64, stem: 'imagenet' } },
  activation: { name: 'silu', options: {} },
  pixels: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  data: { name: 'imagenette' },
  augment: [{ name: 'randomFlip', options: {} }],
  heldOut: 500,
  validation: pgd(4 / 255, 10, 1 / 255),
  evaluation: [pgd(4 / 255, 50, 1 / 255)],
};
