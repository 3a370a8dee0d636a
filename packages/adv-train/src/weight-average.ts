import {
  type Batches,
  checkOptions,
  integer,
  number,
  type Rule,
  refusal,
  required,
  said,
  type Trainable,
} from '@agoge/core';
import { add, mul, sub, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { ScheduleProgress } from './schedules';
import { estimateStatistics } from './statistics';
import { variablesOf } from './weights';

/** A mean of a model's weights over its training, kept in a model of its own. */
export interface WeightAverage {
  readonly name: string;
  /** As JSON: what a checkpoint records. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What holds the mean: validated in place of the trained model. Checkpoints keep its weights. */
  readonly model: Trainable;
  /**
   * Takes in the weights after a step.
   *
   * @param progress before that step
   */
  update(trained: Trainable, progress: ScheduleProgress): void;
  /** Makes the running statistics those of the mean's own, where they are not: before it is measured, and in the end. */
  settle?(data: Batches, run: { batchSize: number; seed: number; signal?: AbortSignal }): Promise<void>;
}

const trainable: Rule = {
  expected: 'a Trainable of its own, of the same form as the model that is trained',
  test: (value) => (typeof (value as Trainable | null)?.parameters === 'function' ? 'ok' : 'kind'),
};

export interface EmaOptions {
  /** Another copy of the network: it gets the mean, and is what to save and evaluate. */
  model: Trainable;
  /** Share of the old mean that a step keeps. Default 0.995 (Gowal et al. 2020; Rade and Moosavi-Dezfooli 2022); PAF: 0.999. */
  decay?: number;
  /** Share of the run in which the weights are only copied. Default 0.025 (Rade and Moosavi-Dezfooli 2022). */
  warmUp?: number;
}

/**
 * An exponential moving average of the weights: after step `s`, `m <- d m + (1 - d) w` with `d = min(decay, (1 + s) / (10 + s))`,
 * and copies before; running statistics are the trained model's.
 *
 * Gowal, Qin, Uesato, Mann, Kohli, Uncovering the limits of adversarial training (2020), §3.
 *
 * @throws TypeError, RangeError for options
 * @example
 * const averaged = fromLayersModel(resnet18());
 * await fit(fromLayersModel(resnet18()), data, { objective, average: ema({ model: averaged }), epochs: 200 });
 */
export function ema(options: EmaOptions): WeightAverage {
  const share = number({ min: 0, below: 1 });
  checkOptions('ema', options, { model: required(trainable), decay: share, warmUp: share });
  const { model, decay = 0.995, warmUp = 0.025 } = options;
  return {
    name: 'ema',
    options: { decay, warmUp },
    model,
    update(trained, { step, totalSteps }) {
      const done = step + 1;
      const kept = done <= warmUp * totalSteps ? 0 : Math.min(decay, (1 + done) / (10 + done));
      blend(model, trained, kept);
    },
  };
}

export interface SwaOptions {
  /** Another copy of the network: it gets the mean, and is what to save and evaluate. */
  model: Trainable;
  /** Finished epochs from which on the weights at ends of epochs are averaged; before, they are copied. No default. */
  from: number;
}

/**
 * Stochastic weight averaging: the plain mean of the weights at the ends of epochs; its running statistics are estimated anew on
 * the training images.
 *
 * Izmailov, Podoprikhin, Garipov, Vetrov, Wilson, Averaging weights leads to wider optima and better generalization (UAI 2018).
 *
 * @throws TypeError, RangeError for options
 */
export function swa(options: SwaOptions): WeightAverage {
  checkOptions('swa', options, { model: required(trainable), from: required(integer({ min: 0 })) });
  const { model, from } = options;
  return {
    name: 'swa',
    options: { from },
    model,
    update(trained, { step, epoch, stepsPerEpoch }) {
      if ((step + 1) % stepsPerEpoch !== 0) return;
      const before = Math.max(0, epoch - from);
      blend(model, trained, before / (before + 1));
    },
    settle: (data, run) => estimateStatistics(model, data, run),
  };
}

/** `m <- share m + (1 - share) w` of the weights; the statistics are copied. */
function blend(mean: Trainable, trained: Trainable, share: number): void {
  tidy(() => {
    pairs(mean.parameters(), trained.parameters()).forEach(([m, w]) => {
      m.assign(share === 0 ? w.clone() : add(w, mul(sub(m, w), share)));
    });
    pairs(mean.buffers(), trained.buffers()).forEach(([m, w]) => void m.assign(w.clone()));
  });
}

type Named = readonly { name: string; variable: Variable }[];
const pairs = (mean: Named, trained: Named): [Variable, Variable][] =>
  trained.map(({ variable }, i) => [mean[i].variable, variable]);

/** Checks at the door that an average's model is another of the same form. */
export function checkAverage(who: string, average: WeightAverage, trained: Trainable): void {
  const [mean, own] = [average.model, trained].map(variablesOf);
  const formOf = (each: ReturnType<typeof variablesOf>) =>
    each.map(({ name, variable }) => `${name} [${variable.shape}]`);
  const [first, second] = [formOf(mean), formOf(own)];
  const place = second.findIndex((each, i) => each !== first[i]);
  const what = `${who}: average`;
  if (place !== -1 || first.length !== second.length) {
    const wanted = `of the trained model's form, whose weight ${Math.max(0, place)} is ${second[Math.max(0, place)]}`;
    throw said(new RangeError(refusal(what, 'model', wanted, first[Math.max(0, place)])));
  }
  if (mean.some(({ variable }, i) => variable === own[i].variable)) {
    throw said(new RangeError(refusal(what, 'model', 'another copy of the network', 'the model that is trained')));
  }
}
