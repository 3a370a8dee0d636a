import { arrayOf, checkOptions, number, oneOf, type Rule, type Rules, refusal, required, said } from '@agoge/core';

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

export interface LinearOptions {
  /**
   * Corners `[share of the run done, rate]`, the shares rising from 0 to 1. Wong et al. 2020: `[[0, 0], [0.5, 0.2], [1, 0]]`
   * (CIFAR-10), `[[0, 0], [0.4, 0.005], [1, 0]]` (MNIST, Adam). No default.
   */
  points: readonly (readonly [share: number, learningRate: number])[];
}

const share = number({ min: 0, max: 1 });
const corner: Rule = {
  expected: '[share of the run, rate]',
  test: (value) => {
    if (!Array.isArray(value) || value.length !== 2) return 'kind';
    const [at, height] = [share.test(value[0]), rate.test(value[1])];
    return at === 'ok' ? height : at;
  },
};

/**
 * A learning rate on straight lines between corners, step by step: cyclic rates, a warm-up, superconvergence.
 *
 * @throws TypeError, RangeError for corners that do not rise from 0 to 1
 * @example
 * linear({ points: [[0, 0], [0.4, 0.005], [1, 0]] }); // fast adversarial training on MNIST
 */
export function linear(options: LinearOptions): Schedule {
  checkOptions('linear', options, { points: required(arrayOf(corner)) });
  const points = options.points.map(([at, height]) => [at, height] as const);
  const shares = points.map(([at]) => at);
  if (shares[0] !== 0 || shares.at(-1) !== 1 || shares.some((each, i) => i > 0 && each <= shares[i - 1])) {
    throw said(new RangeError(refusal('linear', 'points', 'corners whose shares rise from 0 to 1', shares)));
  }
  return {
    name: 'linear',
    options: { points },
    at({ step, totalSteps }) {
      const t = Math.min(1, step / totalSteps);
      const next = Math.max(
        1,
        shares.findIndex((each) => each >= t),
      );
      const [[from, low], [to, high]] = [points[next - 1], points[next]];
      return low + ((high - low) * (t - from)) / (to - from);
    },
  };
}

export interface OneCycleOptions {
  /** At the top. No default: 0.4 (Rade and Moosavi-Dezfooli 2022), 0.21 and 0.2 in other recipes of their code. */
  learningRate: number;
  /** Share of the run that it rises. Default 0.25 (PyTorch: 0.3; Rade's `cyclic`); their `cosinew`: 0.025. */
  rise?: number;
  /** Whether the rate changes at each `step` (default) or only with each `epoch` (Rade's `cosinew`). */
  every?: 'step' | 'epoch';
}

/** PyTorch's: the first rate is this part of the top, the last that part of the first. */
const [firstPart, lastPart] = [25, 1e4];

/**
 * PyTorch's `OneCycleLR`: half a cosine from `learningRate / 25` up to `learningRate`, and half a cosine down to 1/10,000 of the first.
 *
 * Smith and Topin, Super-convergence (2018).
 *
 * @throws TypeError, RangeError for options
 * @example
 * oneCycle({ learningRate: 0.4, rise: 0.025, every: 'epoch' });
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  checkOptions('oneCycle', options, { learningRate: required(rate), rise: share, every: oneOf('step', 'epoch') });
  const { learningRate, rise = 0.25, every = 'step' } = options;
  const between = (from: number, to: number, t: number) => to + ((from - to) * (1 + Math.cos(Math.PI * t))) / 2;
  const first = learningRate / firstPart;
  return {
    name: 'oneCycle',
    options: { learningRate, rise, every },
    at({ step, totalSteps, stepsPerEpoch }) {
      const unit = every === 'epoch' ? stepsPerEpoch : 1;
      const [place, last] = [Math.floor(step / unit), Math.ceil(totalSteps / unit) - 1];
      const top = rise * (last + 1) - 1;
      if (place <= top) return between(first, learningRate, place / top);
      return between(learningRate, first / lastPart, Math.min(1, (place - top) / (last - top)));
    },
  };
}
