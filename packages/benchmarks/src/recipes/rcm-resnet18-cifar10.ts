import type { PresetName } from '@agoge/adv-train/presets';
import { cropAndFlip, pgd, type Recipe } from './recipe';

/** RCM's ResNet-18 with shrunk strides, by one of the defences that it is studied under. */
const rcm = (defence: string, preset: PresetName): Recipe => ({
  title: `${defence} of ResNet-18 with strides 1122 on CIFAR-10`,
  source: 'Xu, Yang et al., RCM (2022; IEEE TNNLS 2025), and its code; its tables were not seen',
  ours: { heldOut: 'the source takes the test images for it by default' },
  lacks: [],
  preset,
  network: { name: 'resnet18', options: { width: 64, strides: '1122' } },
  activation: { name: 'relu', options: {} },
  pixels: { mean: [0.4914, 0.4824, 0.4467], std: [0.2471, 0.2435, 0.2617] },
  data: { name: 'cifar10' },
  augment: cropAndFlip,
  heldOut: 1000,
  validation: pgd(8 / 255, 10, 2 / 255),
  evaluation: [pgd(8 / 255, 20, 2 / 255)],
});

export const rcmAt = rcm('adversarial training', 'rcm-at');
export const rcmAlp = rcm('adversarial logit pairing', 'rcm-alp');
export const rcmTrades = rcm('TRADES', 'rcm-trades');
export const rcmAtAwp = rcm('adversarial training with perturbed weights', 'rcm-at-awp');
export const rcmTradesAwp = rcm('TRADES with perturbed weights', 'rcm-trades-awp');
