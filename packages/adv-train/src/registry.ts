import type { Objective } from '@agoge/core';
import { adam, adamW } from './adam';
import { awp } from './awp';
import { adversarialTraining } from './objectives/adversarial-training';
import { alp } from './objectives/alp';
import { freeAdversarialTraining } from './objectives/free';
import { friendlyAdversarialTraining } from './objectives/friendly';
import { mart } from './objectives/mart';
import { fgsmRs, pgd1 } from './objectives/single-step';
import { standard } from './objectives/standard';
import { trades } from './objectives/trades';
import type { Optimizer } from './optimizer';
import { constant, cosine, linear, oneCycle, piecewise, type Schedule } from './schedules';
import { sgd } from './sgd';
import { ema, swa, type WeightAverage } from './weight-average';
import type { WeightPerturbation } from './weight-perturbation';

/** Objectives by name, from options as JSON: `objectives.trades({ eps: 0.031 })`. */
export const objectives = {
  standard,
  adversarialTraining,
  fgsmRs,
  pgd1,
  friendlyAdversarialTraining,
  freeAdversarialTraining,
  alp,
  mart,
  trades,
} as const satisfies Record<string, (options: never) => Objective>;

/** Learning-rate schedules by name, from options as JSON. */
export const schedules = { constant, piecewise, cosine, linear, oneCycle } as const satisfies Record<
  string,
  (options: never) => Schedule
>;

/** Optimisers by name, from options as JSON. */
export const optimizers = { sgd, adam, adamW } as const satisfies Record<string, (options?: never) => Optimizer>;

/** Perturbations of the weights by name, from options as JSON. */
export const weightPerturbations = { awp } as const satisfies Record<string, (options: never) => WeightPerturbation>;

/** Averages of the weights by name; of their options `model` is no JSON. */
export const averages = { ema, swa } as const satisfies Record<string, (options: never) => WeightAverage>;
