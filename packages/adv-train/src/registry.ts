import type { Objective } from '@agoge/core';
import { adversarialTraining } from './adversarial-training';
import { constant, cosine, piecewise, type Schedule } from './schedules';
import { standard } from './standard';
import { trades } from './trades';

/** Objectives by name, from options as JSON: `objectives.trades({ eps: 0.031 })`. */
export const objectives = { standard, adversarialTraining, trades } as const satisfies Record<
  string,
  (options: never) => Objective
>;

/** Learning-rate schedules by name, from options as JSON. */
export const schedules = { constant, piecewise, cosine } as const satisfies Record<
  string,
  (options: never) => Schedule
>;
