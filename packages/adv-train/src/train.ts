import {
  type Batches,
  step as endStep,
  ensureGradients,
  ModelError,
  said,
  show,
  type Trainable,
  words,
} from '@agoge/core';
import { batchesFrom, planOf } from './batches-from';
import type { TrainingCallbacks } from './callbacks';
import { checkBatch } from './check-batch';
import { loadCheckpoint, type RunState, saveCheckpoint } from './checkpoint';
import { addBatch, type History, noSums, recordOf } from './history';
import type { NamedVariable } from './optimizer';
import { setupOf } from './run-setup';
import { cosine } from './schedules';
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
function epochSeed(seed: number, epoch: number): number {
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
  const { optimizer = sgd(), schedule = cosine(), microBatch, weightPerturbation, average } = options;
  const callbacks: TrainingCallbacks[] = [options.callbacks ?? []].flat();
  const plan = planOf(data.examples, { epochs, batchSize, seed });
  const { totalSteps } = plan;
  await ensureGradients();
  const parameters = model.parameters();
  if (parameters.length === 0) throw new ModelError(who, 'the model has no weights to train');

  const state = optimizer.init(parameters);
  const kept = [
    ...prefixed('model', variablesOf(model)),
    ...prefixed(optimizer.name, state),
    ...(average ? prefixed('average', variablesOf(average.model)) : []),
  ];
  const reins = signal ? { signal } : {};
  const trainer = { model, parameters, objective, optimizer, state, ...(microBatch && { microBatch }) };
  try {
    // The data's hash is worked out only where it is needed.
    const setup = checkpoint ? setupOf(model, data, { ...options, batchSize, seed, optimizer, schedule }) : {};
    let at: RunState = { epoch: 0, batch: 0, step: 0, sums: noSums, history: [] };
    if (checkpoint && resume !== false) {
      const saved = await loadCheckpoint(who, checkpoint, kept, setup);
      if (!saved && resume === true) {
        throw said(new Error(`${who}: resume needs the checkpoint ${show(checkpoint.name)}, which is not there`));
      }
      at = saved ?? at;
    }
    let checked = false;
    for (const each of callbacks) await each.onTrainBegin?.();

    for await (const { batch, epoch, place, first, last } of batchesFrom(who, data, plan, at, signal)) {
      if (!checked) await checkBatch(who, model, batch);
      checked = true;
      if (first) for (const each of callbacks) await each.onEpochBegin?.(epoch);

      const begin = performance.now();
      const progress = { step: at.step, epoch, ...plan };
      const learningRate = schedule.at(progress);
      const key = { seed: epochSeed(seed, epoch), index: batch.index, ...reins };
      const { loss, correct } = await trainingStep(trainer, batch, key, {
        learningRate,
        ...(weightPerturbation?.active(progress) && { weightPerturbation }),
      });
      if (!Number.isFinite(loss)) {
        const where = `in epoch ${epoch}, step ${at.step}, at learning rate ${learningRate}`;
        throw new ModelError(who, `the loss is ${loss} ${where}`);
      }
      average?.update(model, progress);
      const [n] = batch.shape;
      const seconds = (performance.now() - begin) / 1000;
      const accuracy = correct / n;
      at = { ...at, batch: place + 1, step: at.step + 1, sums: addBatch(at.sums, { n, loss, correct, seconds }) };
      const { step } = at;
      const imagesPerSecond = n / seconds;
      const report: StepReport = { epoch, step, steps: totalSteps, loss, learningRate, accuracy, imagesPerSecond };
      const note = `epoch ${epoch + 1}/${epochs}, loss ${loss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`;
      await endStep(options, { done: step, total: totalSteps, note });
      for (const each of callbacks) {
        await each.onBatchEnd?.(place, { batch: place, size: n, loss, acc: accuracy, learningRate });
      }

      if (last) {
        if (validation && ((epoch + 1) % (validation.every ?? 1) === 0 || epoch + 1 === epochs)) {
          await average?.settle?.(data, { batchSize, seed, ...reins });
          report.validation = await validate(average?.model ?? model, validation, { seed, ...reins });
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
    await average?.settle?.(data, { batchSize, seed, ...reins });
    for (const each of callbacks) await each.onTrainEnd?.();
    return { epochs: at.history };
  } finally {
    for (const { variable } of state) variable.dispose();
  }
}

const prefixed = (prefix: string, variables: readonly NamedVariable[]): NamedVariable[] =>
  variables.map(({ name, variable }) => ({ name: `${prefix}/${name}`, variable }));
