import { type PresetName, presets, type TrainingPlan, withEpochs } from '@agoge/adv-train/presets';
import type { Named } from '../model-description';
import { pgd } from '../recipes/recipe';
import type { Scale } from '../recipes/scale';
import type { DataPlan, Measure, Plan } from './plan';

/** What a scale makes smaller; `full` is as published. */
interface Size {
  /** Of networks whose own is 64. */
  width: number;
  training: number;
  heldOut: number;
  test: number;
  epochs?: number;
  batchSize?: number;
  /** Of PGD in training; its steps grow so that they reach as far. */
  steps?: number;
  /** Of AWP, which a narrow network bears less of. */
  gamma?: number;
  seeds: Plan['seeds'];
}

/** The sizes that the papers' plans share. */
export const sizes: Readonly<Record<Scale, Size>> = {
  full: {
    ...{ width: 64, training: 49_000, heldOut: 1000, test: 10_000 },
    seeds: { search: [100, 101], confirm: [0, 1, 2, 3, 4] },
  },
  small: {
    ...{ width: 8, training: 2000, heldOut: 200, test: 1000, epochs: 12, batchSize: 50, steps: 2, gamma: 0.003 },
    seeds: { search: [100, 101], confirm: [0, 1, 2, 3, 4] },
  },
  tiny: {
    ...{ width: 2, training: 40, heldOut: 20, test: 20, epochs: 1, batchSize: 20, steps: 1 },
    seeds: { search: [100], confirm: [0, 1] },
  },
};

/** Real images; for `tiny` rendered ones, which come with the package. */
export function cifar(scale: Scale): DataPlan {
  const { training, heldOut, test } = sizes[scale];
  const counts = { training, heldOut, test };
  if (scale === 'tiny') return { name: 'shapes', options: { examples: 200, size: 32, classes: 10 }, ...counts };
  return { name: scale === 'full' ? 'cifar10' : 'cifar10-jpeg', ...counts };
}

/** A preset at a scale: epochs, batches, the steps of its attack and how far weights are perturbed. */
export function trainingAt(name: PresetName, scale: Scale): TrainingPlan {
  const { source: _, ours: __, lacks: ___, ...preset } = presets[name] satisfies TrainingPlan;
  const { epochs = preset.epochs, batchSize = preset.batchSize, steps, gamma } = sizes[scale];
  const plan = fewerSteps(withEpochs<TrainingPlan>(preset, epochs), steps);
  const { weightPerturbation: awp } = plan;
  return {
    ...plan,
    batchSize,
    ...(awp && gamma !== undefined && { weightPerturbation: { ...awp, options: { ...awp.options, gamma } } }),
  };
}

/** The same plan, its attack by fewer and longer steps. */
function fewerSteps(plan: TrainingPlan, steps: number | undefined): TrainingPlan {
  const { objective } = plan;
  const { steps: before, stepSize } = objective.options as { steps?: number; stepSize?: number };
  if (steps === undefined || before === undefined || stepSize === undefined || before <= steps) return plan;
  const options = { ...objective.options, steps, stepSize: (stepSize * before) / steps };
  return { ...plan, objective: { ...objective, options } as TrainingPlan['objective'] };
}

/** Training without attacks, otherwise as a plan. */
export const withoutAttacks = (plan: TrainingPlan): TrainingPlan => ({
  ...plan,
  objective: { name: 'standard', options: {} },
});

/** What held-out images are attacked by, to choose the epoch; in small runs every few epochs, since it costs as much as training. */
export const validationAt = (eps: number, scale: Scale): { attack: Named; every: number } => ({
  attack: pgd(eps, 10, eps / 4),
  every: { full: 1, small: 4, tiny: 1 }[scale],
});

/** The measures that the papers' plans share: robust accuracy first; AutoAttack's standard version on few images of one seed. */
export function robustMeasures(eps: number, scale: Scale): Measure[] {
  const ofVersion = (version: string): Named => ({ name: 'autoAttack', options: { version, norm: 'linf', eps } });
  const common = { kind: 'attacks', labels: 'true' } as const;
  const [seed] = sizes[scale].seeds.confirm;
  if (scale === 'tiny') return [{ ...common, name: 'robust', attacks: [pgd(eps, 5, eps / 2)], images: 20 }];
  if (scale === 'full') return [{ ...common, name: 'robust', attacks: [ofVersion('standard')], images: 10_000 }];
  return [
    { ...common, name: 'robust', attacks: [ofVersion('fast')], images: 1000 },
    { ...common, name: 'standard', attacks: [ofVersion('standard')], images: 100, seeds: [seed] },
  ];
}
