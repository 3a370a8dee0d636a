import { arrayOf, checkOptions, number, type Rules, required } from '@agoge/core';

/** Where a training run stands, before its next step. */
export interface ScheduleProgress {
  /** Steps made so far in the whole run. */
  step: number;
  /** Epochs finished so far. */
  epoch: number;
  /** Steps of the whole run. */
  totalSteps: number;
  stepsPerEpoch: number;
}

/** A learning rate for each step of a run. */
export interface Schedule {
  readonly name: string;
  /** As JSON: what a checkpoint records. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The rate of the next step. */
  at(progress: ScheduleProgress): number;
}

const rate = number({ min: 0 });

/** Madry et al., TRADES, AT-AWP, Rice et al. and PAF start from it, for batches of 128 on CIFAR-10. */
const usual = 0.1;

export interface ConstantOptions {
  /** Default 0.1 (Madry et al.; TRADES). */
  learningRate?: number;
}

/** The same learning rate at every step. */
export function constant(options: ConstantOptions = {}): Schedule {
  checkOptions('constant', options, { learningRate: rate });
  const { learningRate = usual } = options;
  return { name: 'constant', options: { learningRate }, at: () => learningRate };
}

export interface PiecewiseOptions {
  /** Before the first milestone. Default 0.1 (Rice et al. 2020; TRADES). */
  learningRate?: number;
  /**
   * Finished epochs at which the rate falls, in any order; fractions fall within an epoch. Sources: [100, 150] of 200 (Rice
   * et al. 2020, AT-AWP), [100, 105] of 110 (Pang et al. 2021), [74, 89, 99] (TRADES, whose epochs count from 1). No default.
   */
  milestones: readonly number[];
  /** What the rate is multiplied by at each. Default 0.1 (all of them). */
  factor?: number;
}

/**
 * A learning rate that falls at given epochs: `learningRate * factor^k` after `k` milestones.
 *
 * @example
 * piecewise({ milestones: [100, 150] }); // 0.1, from epoch 100 0.01, from epoch 150 0.001
 */
export function piecewise(options: PiecewiseOptions): Schedule {
  const rules: Rules = {
    learningRate: rate,
    milestones: required(arrayOf(number({ min: 0 }))),
    factor: number({ above: 0, max: 1 }),
  };
  checkOptions('piecewise', options, rules);
  const { learningRate = usual, milestones, factor = 0.1 } = options;
  return {
    name: 'piecewise',
    options: { learningRate, milestones: [...milestones], factor },
    at: ({ step, stepsPerEpoch }) =>
      learningRate * factor ** milestones.filter((epoch) => step >= epoch * stepsPerEpoch).length,
  };
}

export interface CosineOptions {
  /** At the top. Default 0.1 (Rice et al. 2020, PAF). */
  learningRate?: number;
  /** At the end of the run. Default 0 (Rice et al. 2020, Gowal et al. 2020); PAF: 0.001. */
  final?: number;
  /** Epochs of linear rise before the fall. Default 0; Gowal et al. 2020: 10; PAF: 5. */
  warmup?: number;
  /** Where the rise begins. Default 0 (Gowal et al. 2020); PAF: 0.005. */
  initial?: number;
}

/**
 * A learning rate that falls along half a cosine, step by step (Loshchilov and Hutter 2017, without restarts):
 * `final + (learningRate - final) (1 + cos(pi t)) / 2`, where `t` goes from 0 to 1 between the warm-up and the end of the run.
 *
 * @example
 * cosine({ final: 0.001 }); // PAF's, from 0.1
 */
export function cosine(options: CosineOptions = {}): Schedule {
  checkOptions('cosine', options, { learningRate: rate, final: rate, warmup: number({ min: 0 }), initial: rate });
  const { learningRate = usual, final = 0, warmup = 0, initial = 0 } = options;
  return {
    name: 'cosine',
    options: { learningRate, final, warmup, initial },
    at({ step, totalSteps, stepsPerEpoch }) {
      const rise = warmup * stepsPerEpoch;
      if (step < rise) return initial + (learningRate - initial) * (step / rise);
      const t = Math.min(1, (step - rise) / Math.max(1, totalSteps - rise));
      return final + ((learningRate - final) * (1 + Math.cos(Math.PI * t))) / 2;
    },
  };
}
