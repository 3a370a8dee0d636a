import {
  type Batch,
  type Batches,
  checkExamples,
  checkLogits,
  step as endStep,
  ensureGradients,
  ModelError,
  modes,
  said,
  show,
  type Trainable,
  words,
} from '@agoge/core';
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { batchesFrom, planOf } from './batches-from';
import type { TrainingCallbacks } from './callbacks';
import { loadCheckpoint, type RunSetup, type RunState, saveCheckpoint } from './checkpoint';
import { addBatch, type History, noSums, recordOf } from './history';
import type { NamedVariable, Optimizer } from './optimizer';
import { cosine, type Schedule } from './schedules';
import { sgd } from './sgd';
import { checkTraining, type TrainOptions } from './train-options';
import { trainingStep } from './training-step';
import { type ValidationResult, validate } from './validation';
import { variablesOf } from './weights';

/** What {@link train} tells after each step. */
export interface StepReport {
  /** From 0. */
  epoch: number;
  /** Steps done, this one included. */
  step: number;
  /** Of the whole run. */
  steps: number;
  /** Of the batch before the step, with the penalty. */
  loss: number;
  learningRate: number;
  /** Of the batch before the step, on its adversarial images. */
  accuracy: number;
  imagesPerSecond: number;
  /** At the end of an epoch that was validated. */
  validation?: ValidationResult;
}

/** The seed of an epoch's noise: each example is perturbed anew in each epoch, whatever the batch size. */
export function epochSeed(seed: number, epoch: number): number {
  const [low, high] = words({ seed, index: epoch, stream: 'train/epoch' }, 2);
  return low + (high >>> 11) * 2 ** 32;
}

/**
 * Trains a model step by step: a generator of reports, which returns the history.
 *
 * Each step perturbs a batch, and changes the weights by the gradient of the objective's loss plus the model's penalty,
 * clipped where a weight asks for it. The last batch of an epoch may be short; one of a single example is left out. The
 * order of the examples is keyed by (seed, epoch), their noise by (seed, absolute example, epoch). With a checkpoint, a run
 * that was killed, aborted or left goes on with the same numbers on the same backend (wall times apart), unless layers draw
 * random numbers of their own, as tfjs's dropout does.
 *
 * @param model changed in place; its weights and running statistics are the result
 * @param data what is trained on, of the model's classes and bounds
 * @throws TypeError, RangeError, ShapeError for what was given; ModelError for a loss that is NaN or infinite; FormatError
 *   for a damaged checkpoint; the signal's reason after an abort, at the end of a step
 * @example
 * const objective = adversarialTraining({ eps: 0.1 });
 * for await (const { step, steps, loss } of train(model, data, { objective, epochs: 5 })) {
 *   console.log(`${step}/${steps}: ${loss.toFixed(3)}`);
 * }
 */
export function train(model: Trainable, data: Batches, options: TrainOptions): AsyncGenerator<StepReport, History> {
  checkTraining('train', model, data, options);
  return run('train', model, data, options);
}

/**
 * Trains a model to the end: {@link train} for those who need no reports.
 *
 * @returns one record per epoch
 * @example
 * const { epochs } = await fit(model, data, { objective: standard(), epochs: 5 });
 */
export async function fit(model: Trainable, data: Batches, options: TrainOptions): Promise<History> {
  checkTraining('fit', model, data, options);
  const reports = run('fit', model, data, options);
  for (;;) {
    const { done, value } = await reports.next();
    if (done) return value;
  }
}

async function* run(
  who: string,
  model: Trainable,
  data: Batches,
  options: TrainOptions,
): AsyncGenerator<StepReport, History> {
  const { objective, epochs, batchSize = 128, seed = 0, validation, checkpoint, resume = 'auto', signal } = options;
  const { optimizer = sgd(), schedule = cosine() } = options;
  const callbacks: TrainingCallbacks[] = [options.callbacks ?? []].flat();
  const plan = planOf(data.examples, { epochs, batchSize, seed });
  await ensureGradients();
  const parameters = model.parameters();
  if (parameters.length === 0) throw new ModelError(who, 'the model has no weights to train');

  const setup = setupOf(model, data, { ...options, batchSize, seed, optimizer, schedule });
  const state = optimizer.init(parameters);
  const kept = [...prefixed('model', variablesOf(model)), ...prefixed(optimizer.name, state)];
  const reins = signal ? { signal } : {};
  try {
    const saved = checkpoint && resume !== false ? await loadCheckpoint(who, checkpoint, kept, setup) : undefined;
    if (checkpoint && resume === true && !saved) {
      throw said(new Error(`${who}: resume needs the checkpoint ${show(checkpoint.name)}, which is not there`));
    }
    let at: RunState = saved ?? { epoch: 0, batch: 0, step: 0, sums: noSums, history: [] };
    let checked = false;
    for (const each of callbacks) await each.onTrainBegin?.();

    for await (const { batch, epoch, place, first, last } of batchesFrom(who, data, plan, at, signal)) {
      if (!checked) await checkBatch(who, model, batch);
      checked = true;
      if (first) for (const each of callbacks) await each.onEpochBegin?.(epoch);

      const begin = performance.now();
      const learningRate = schedule.at({ step: at.step, epoch, ...plan });
      const key = { seed: epochSeed(seed, epoch), index: batch.index, ...reins };
      const trainer = { model, parameters, objective, optimizer, state };
      const { loss, correct } = await trainingStep(trainer, batch, key, learningRate);
      if (!Number.isFinite(loss)) {
        const where = `in epoch ${epoch}, step ${at.step}, at learning rate ${learningRate}`;
        throw new ModelError(who, `the loss is ${loss} ${where}`);
      }
      const [n] = batch.shape;
      const seconds = (performance.now() - begin) / 1000;
      const accuracy = correct / n;
      at = { ...at, batch: place + 1, step: at.step + 1, sums: addBatch(at.sums, { n, loss, correct, seconds }) };
      const { step } = at;
      const report: StepReport = {
        ...{ epoch, step, steps: plan.totalSteps, loss, learningRate, accuracy },
        imagesPerSecond: n / seconds,
      };
      const note = `epoch ${epoch + 1}/${epochs}, loss ${loss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`;
      await endStep(options, { done: step, total: plan.totalSteps, note });
      for (const each of callbacks) {
        await each.onBatchEnd?.(place, { batch: place, size: n, loss, acc: accuracy, learningRate });
      }

      if (last) {
        if (validation && ((epoch + 1) % (validation.every ?? 1) === 0 || epoch + 1 === epochs)) {
          report.validation = await validate(model, validation, { seed, ...reins });
        }
        const record = recordOf(epoch, at.sums, { learningRate, ...report.validation });
        at = { epoch: epoch + 1, batch: 0, step, sums: noSums, history: [...at.history, record] };
      }
      if (checkpoint && (last || step % (checkpoint.every ?? Infinity) === 0)) {
        await saveCheckpoint(checkpoint, kept, setup, at);
      }
      if (last) {
        const { loss, accuracy: acc } = at.history[epoch];
        const logs = { loss, acc, learningRate, ...report.validation };
        for (const each of callbacks) await each.onEpochEnd?.(epoch, logs);
      }
      yield report;
    }
    for (const each of callbacks) await each.onTrainEnd?.();
    return { epochs: at.history };
  } finally {
    for (const { variable } of state) variable.dispose();
  }
}

/** Checks the images and labels that come first, and what the model makes of them. */
async function checkBatch(who: string, model: Trainable, batch: Batch): Promise<void> {
  const f = model.classifier(modes.evaluate);
  const [x, y] = [tensor4d(batch.x, batch.shape), tensor1d(batch.y, 'int32')];
  try {
    await checkExamples(who, f, x, y);
    const logits = f(x);
    try {
      await checkLogits(who, f, logits, batch.shape[0]);
    } finally {
      logits.dispose();
    }
  } finally {
    x.dispose();
    y.dispose();
  }
}

const prefixed = (prefix: string, variables: readonly NamedVariable[]): NamedVariable[] =>
  variables.map(({ name, variable }) => ({ name: `${prefix}/${name}`, variable }));

const named = ({ name, options }: { name: string; options: unknown }) => ({ name, options });

/** All that makes the numbers of a run what they are, as JSON: a checkpoint of another run is refused. */
function setupOf(
  model: Trainable,
  data: Batches,
  options: TrainOptions & { optimizer: Optimizer; schedule: Schedule; batchSize: number; seed: number },
): RunSetup {
  const { objective, optimizer, schedule, epochs, batchSize, seed, validation } = options;
  const parameters = model.parameters().map(({ name, variable: { shape }, decay, clipNorm = null }) => {
    return [name, { shape, decay, clipNorm }];
  });
  return {
    ...{ epochs, batchSize, seed },
    objective: named(objective),
    optimizer: named(optimizer),
    schedule: named(schedule),
    data: { hash: data.hash, examples: data.examples },
    parameters: Object.fromEntries(parameters),
    buffers: Object.fromEntries(model.buffers().map(({ name, variable: { shape } }) => [name, { shape }])),
    validation: validation
      ? {
          data: validation.data.hash,
          attacks: validation.attacks.map(named),
          every: validation.every ?? 1,
          examples: validation.examples ?? null,
        }
      : null,
  };
}
