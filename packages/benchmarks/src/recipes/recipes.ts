import { dmImprovesAtWrn2810 } from './dm-improves-at-wrn28-10';
import { fastCifar10 } from './fast-cifar10';
import { fastMnist } from './fast-mnist';
import { atAwpCifar10, riceCifar10 } from './overfitting';
import { pafResnet18Cifar10 } from './paf-resnet18-cifar10';
import { rcmAlp, rcmAt, rcmAtAwp, rcmTrades, rcmTradesAwp } from './rcm-resnet18-cifar10';
import type { Recipe } from './recipe';
import { satResnet50Imagenette } from './sat-resnet50-imagenette';
import { tradesCifar10 } from './trades-cifar10';
import { tradesMnist } from './trades-mnist';

/** Published training runs by name, for the command and for jobs. */
export const recipes: Readonly<Record<string, Recipe>> = {
  'at-awp-preactresnet18-cifar10': atAwpCifar10,
  'dm-improves-at-wrn28-10': dmImprovesAtWrn2810,
  'fast-cifar10': fastCifar10,
  'fast-mnist': fastMnist,
  'paf-resnet18-cifar10': pafResnet18Cifar10,
  'rcm-resnet18-cifar10-alp': rcmAlp,
  'rcm-resnet18-cifar10-at': rcmAt,
  'rcm-resnet18-cifar10-at-awp': rcmAtAwp,
  'rcm-resnet18-cifar10-trades': rcmTrades,
  'rcm-resnet18-cifar10-trades-awp': rcmTradesAwp,
  'rice-preactresnet18-cifar10': riceCifar10,
  'sat-resnet50-imagenette': satResnet50Imagenette,
  'trades-cifar10': tradesCifar10,
  'trades-mnist': tradesMnist,
};
