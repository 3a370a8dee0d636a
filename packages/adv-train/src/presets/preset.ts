import { checkOptions, integer, lookUp, type Rules, refusal, said, type Trainable } from '@agoge/core';
import type { AwpOptions } from '../awp';
import { averages, objectives, optimizers, schedules, weightPerturbations } from '../registry';
import type { TrainOptions } from '../train-options';
import type { EmaOptions } from '../weight-average';
import type { DecayGroup } from '../weight-decay';

/** A member of a registry with its options, as JSON. */
type Member<Registry extends Record<string, (options: never) => unknown>> = {
  [Name in keyof Registry & string]: {
    readonly name: Name;
    readonly options: Readonly<NonNullable<Parameters<Registry[Name]>[0]>>;
  };
}[keyof Registry & string];

/** How a paper trains, as JSON: objective and attack, optimiser, schedule, and what goes around them. */
export interface Preset {
  /** Whose it is, and where its values were read. */
  readonly source: string;
  /**
   * Which values are not the source's, by their paths, and why. All others are; what the source was not seen to say is left
   * out, at the default of the objective, the optimiser or the schedule.
   */
  readonly ours: Readonly<Record<string, string>>;
  /** What the source does and this does not. */
  readonly lacks: readonly string[];
  readonly objective: Member<typeof objectives>;
  readonly optimizer: Member<typeof optimizers>;
  readonly schedule: Member<typeof schedules>;
  readonly epochs: number;
  readonly batchSize: number;
  readonly microBatch?: number;
  readonly clipNorm?: number;
  readonly decays?: DecayGroup;
  readonly extraSmoothing?: number;
  readonly weightPerturbation?: { readonly name: 'awp'; readonly options: Readonly<AwpOptions> };
  readonly average?: { readonly name: 'ema'; readonly options: Readonly<Omit<EmaOptions, 'model'>> };
}

/** What of a {@link Preset} a run is made of. */
export type TrainingPlan = Omit<Preset, 'source' | 'ours' | 'lacks'>;

export interface PlanOptions {
  /** A copy of the network: where the plan averages weights, the mean goes there. */
  averaged?: Trainable;
}

const rules: Rules = { averaged: { expected: 'a Trainable', test: (each) => (isTrainable(each) ? 'ok' : 'kind') } };
const isTrainable = (value: unknown) => typeof (value as Trainable | null)?.parameters === 'function';

/**
 * The options of {@link fit} that a preset, or another plan of that form, stands for.
 *
 * @throws TypeError, RangeError for names that no registry has, for options that their makers refuse, and for a plan that
 *   averages weights where `averaged` is not given
 * @example
 * const { 'trades-mnist': preset } = presets;
 * await fit(model, data, { ...planned(withEpochs(preset, 3)), seed: 1 });
 */
export function planned(plan: TrainingPlan, options: PlanOptions = {}): TrainOptions {
  checkOptions('planned', options, rules);
  const { objective, optimizer, schedule, weightPerturbation, average, ...counts } = trainingPlan(plan);
  const { averaged } = options;
  if (average && !averaged) {
    throw said(new TypeError(refusal('planned', 'averaged', `a copy of the network, for ${average.name}`, averaged)));
  }
  return {
    objective: made('objective', objective, objectives),
    optimizer: made('optimizer', optimizer, optimizers),
    schedule: made('schedule', schedule, schedules),
    ...counts,
    ...(weightPerturbation && {
      weightPerturbation: made('weight perturbation', weightPerturbation, weightPerturbations),
    }),
    ...(average && {
      average: made('weight average', { ...average, options: { ...average.options, model: averaged } }, averages),
    }),
  };
}

/** The plan of a preset, without what it says of its source. */
export function trainingPlan(preset: TrainingPlan & Partial<Preset>): TrainingPlan {
  const { source: _, ours: __, lacks: ___, ...plan } = preset;
  return plan;
}

function made<T>(
  what: string,
  { name, options }: { name: string; options: object },
  registry: Readonly<Record<string, (options: never) => T>>,
): T {
  return lookUp('planned', what, name, registry)(options as never);
}

/**
 * The same plan over another number of epochs: milestones and warm-ups, which count in epochs, move with it.
 *
 * @example
 * withEpochs(presets.rice, 20).schedule.options; // milestones at 10 and 15
 */
export function withEpochs<Plan extends TrainingPlan>(plan: Plan, epochs: number): Plan {
  checkOptions('withEpochs', { epochs }, { epochs: integer({ min: 1 }) });
  const moved = (epoch: number) => (epoch * epochs) / plan.epochs;
  const { schedule, weightPerturbation: awp } = plan;
  return {
    ...plan,
    epochs,
    schedule: movedSchedule(schedule, moved),
    ...(awp && {
      weightPerturbation: { ...awp, options: { ...awp.options, warmUp: moved(awp.options.warmUp ?? 0) } },
    }),
  };
}

function movedSchedule(schedule: Preset['schedule'], moved: (epoch: number) => number): Preset['schedule'] {
  if (schedule.name === 'piecewise') {
    const { milestones, ...rest } = schedule.options;
    return { name: 'piecewise', options: { ...rest, milestones: milestones.map(moved) } };
  }
  if (schedule.name === 'cosine') {
    const { warmup = 0, ...rest } = schedule.options;
    return { name: 'cosine', options: { ...rest, warmup: moved(warmup) } };
  }
  return schedule;
}
