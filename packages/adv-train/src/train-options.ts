import {
  type Batches,
  boolean,
  checkFit,
  checkOptions,
  checkValue,
  integer,
  number,
  type Objective,
  object,
  type Progress,
  refusal,
  required,
  runRules,
  type Store,
  said,
  string,
  type Trainable,
} from '@agoge/core';
import type { TrainingCallbacks } from './callbacks';
import { type Probe, probeOf } from './collapse';
import type { EarlyStop } from './early-stop';
import { having } from './having';
import { smoothingRule } from './objectives/label-smoothing';
import type { Optimizer } from './optimizer';
import type { Schedule } from './schedules';
import type { PartWork } from './step-parts';
import { attackRule, batchesRule, type Validation, validationRules } from './validation';
import { checkAverage, type WeightAverage } from './weight-average';
import { type Decays, decaysRule } from './weight-decay';
import type { WeightPerturbation } from './weight-perturbation';

export interface TrainOptions {
  /** What is minimised, such as `adversarialTraining({ eps })`. */
  objective: Objective;
  /** How often all examples are gone through; an objective that replays makes `replays` steps on each batch every time. */
  epochs: number;
  /** At least 2. Default 128 (TRADES, MART, AT-AWP, Rice et al.). */
  batchSize?: number;
  /** Default `sgd()`. */
  optimizer?: Optimizer;
  /** Default `cosine()`. */
  schedule?: Schedule;
  /**
   * Most examples that go forward and backward at once, at least 2: a larger batch goes in parts, whose gradients are averaged,
   * for less memory. Each part has its own batch statistics. Default: the whole batch.
   */
  microBatch?: number;
  /** Who does the work on the parts, such as `await trainingWorkers(...)` of `@agoge/adv-train/node`. Default: this thread. */
  workers?: PartWork;
  /**
   * Most that the norm of all gradients together may be; longer ones are shortened by one share, after those that a layer clips by
   * itself, and with `microBatch` once they are averaged (PyTorch's `clip_grad_norm_`). Default: any.
   */
  clipNorm?: number;
  /**
   * Which weights decay of those whose layers let them: `all`, `kernels` (SAT's code), `allButNormalization` (code of Rade and
   * Moosavi-Dezfooli, DM-Improves-AT), or what tells of each. Default `all`.
   */
  decays?: Decays;
  /** Share of the uniform distribution in the targets of `extra` examples alone. Default 0; Gowal et al. 2020: 0.1. */
  extraSmoothing?: number;
  /** Such as `awp({ gamma: 0.005 })`. Default: none. */
  weightPerturbation?: WeightPerturbation;
  /** A mean of the weights, such as `ema({ model })`: it is what is validated. Default: none. */
  average?: WeightAverage;
  /** Key of the order of the examples and of all noise. Default 0. */
  seed?: number;
  /** What is measured at ends of epochs. Default: nothing. */
  validation?: Validation;
  /** Ends the run once the validation's robust accuracy rises no more, such as `{ patience: 10 }`. Default: never. */
  earlyStop?: EarlyStop;
  /**
   * Watches for catastrophic overfitting. Default: where the objective makes its images by a single step or replays its
   * batches; false never.
   */
  probe?: Probe | boolean;
  /**
   * Where the run is kept: at the end of each epoch, every `every` steps, and where it was aborted; and the weights of its best
   * validated epoch ({@link loadBest}). Default: nowhere.
   */
  checkpoint?: { store: Store; name: string; every?: number };
  /** Whether the run goes on from its checkpoint: `auto` (default), if there is one; true, it must be there; false, begin anew. */
  resume?: boolean | 'auto';
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  /** One tfjs callback or several. */
  callbacks?: TrainingCallbacks | readonly TrainingCallbacks[];
}

const share = number({ min: 0, max: 1 });
const trainable = required(having('a Trainable, such as fromLayersModel gives', 'forward', 'parameters', 'buffers'));

/** Checks at the door all that can be told without data. */
export function checkTraining(who: string, model: Trainable, data: Batches, options: TrainOptions): void {
  checkValue(who, 'model', model, trainable);
  checkValue(who, 'data', data, batchesRule);
  checkOptions(who, options, {
    objective: required(having('an objective, such as standard()', 'perturb', 'loss')),
    epochs: required(integer({ min: 1 })),
    batchSize: integer({ min: 2 }),
    optimizer: having('an optimizer, such as sgd()', 'init', 'step'),
    schedule: having('a schedule, such as cosine()', 'at'),
    microBatch: integer({ min: 2 }),
    workers: having("workers, as trainingWorkers of '@agoge/adv-train/node' starts", 'craft'),
    clipNorm: number({ above: 0 }),
    decays: decaysRule,
    extraSmoothing: smoothingRule,
    weightPerturbation: having('a weight perturbation, such as awp({ gamma })', 'active', 'move'),
    average: having('a weight average, such as ema({ model })', 'update'),
    validation: object,
    earlyStop: object,
    probe: {
      expected: 'true, false or an object',
      test: (value) => (boolean.test(value) === 'ok' ? 'ok' : object.test(value)),
    },
    checkpoint: object,
    resume: { expected: 'true, false or "auto"', test: (value) => (value === 'auto' ? 'ok' : boolean.test(value)) },
    callbacks: object,
    seed: runRules.seed,
    signal: runRules.signal,
    onProgress: runRules.onProgress,
  });
  const { objective, validation, earlyStop, probe, checkpoint, resume, average } = options;
  checkValue(who, 'objective.replays', objective.replays, integer({ min: 1 }));
  if (average) checkAverage(who, average, model);
  if (options.workers && options.microBatch === undefined) {
    throw said(new TypeError(`${who}: workers need microBatch, the size of the parts that they share, got none`));
  }
  if (validation) {
    checkOptions(`${who}: validation`, validation, validationRules);
  }
  if (earlyStop) {
    checkOptions(`${who}: earlyStop`, earlyStop, { patience: required(integer({ min: 1 })), minDelta: share });
    if (!validation) throw said(new TypeError(`${who}: earlyStop needs a validation to go by, got none`));
  }
  if (probe && probe !== true) {
    const rules = { attack: attackRule, examples: integer({ min: 1 }), drop: share, stop: boolean };
    checkOptions(`${who}: probe`, probe, rules);
  }
  probeOf(who, objective, probe);
  if (checkpoint) {
    checkOptions(`${who}: checkpoint`, checkpoint, {
      store: required(having('a Store', 'get', 'put', 'list', 'remove')),
      name: required(string),
      every: integer({ min: 1 }),
    });
  } else if (resume === true) {
    throw said(new TypeError(`${who}: resume needs a checkpoint to go on from, got none`));
  }
  checkFit(who, 'data', model, data);
  if (validation) checkFit(who, 'validation.data', model, validation.data);
  if (data.examples < 2) throw said(new RangeError(refusal(who, 'data', '2 examples or more', data.examples)));
}
