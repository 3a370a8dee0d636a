import { atAwp, tradesAwp } from './presets/awp';
import { fastCifar10, fastMnist } from './presets/fast';
import { dmImprovesAt, gowal, rade } from './presets/generated-data';
import { madryMnist } from './presets/madry';
import { martCifar10 } from './presets/mart';
import { paf } from './presets/paf';
import { pang } from './presets/pang';
import type { Preset } from './presets/preset';
import { rcmAlp, rcmAt, rcmAtAwp, rcmTrades, rcmTradesAwp } from './presets/rcm';
import { rice } from './presets/rice';
import { sat } from './presets/sat';
import { tradesCifar10, tradesMnist } from './presets/trades';

export type { PlanOptions, Preset, TrainingPlan } from './presets/preset';
export { planned, trainingPlan, withEpochs } from './presets/preset';

/**
 * How papers train, as plain JSON. Of networks and data they know nothing: a batch size and a rate belong to the source's.
 *
 * @example
 * await fit(model, data, planned(presets.rice));
 */
export const presets = {
  'at-awp': atAwp,
  'dm-improves-at': dmImprovesAt,
  'fast-cifar10': fastCifar10,
  'fast-mnist': fastMnist,
  gowal,
  'madry-mnist': madryMnist,
  'mart-cifar10': martCifar10,
  paf,
  pang,
  rade,
  'rcm-alp': rcmAlp,
  'rcm-at': rcmAt,
  'rcm-at-awp': rcmAtAwp,
  'rcm-trades': rcmTrades,
  'rcm-trades-awp': rcmTradesAwp,
  rice,
  sat,
  'trades-awp': tradesAwp,
  'trades-cifar10': tradesCifar10,
  'trades-mnist': tradesMnist,
} satisfies Record<string, Preset>;

/** Names of {@link presets}. */
export type PresetName = keyof typeof presets;
